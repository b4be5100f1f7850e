import { existsSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { Page } from 'playwright-core'
import { repositoryRoot } from './upstream/places.ts'

/** Pixels of a screenshot, along one side, whose mean becomes one pixel of its picture: what remains is layout and colour. */
const BLOCK = 12

/** How far a colour may be away (of 255, the mean of red, green and blue) before two pixels count as different. */
const NEAR = 40

/**
 * Debian's CJK fonts, for all text: lines break at the same places on every machine. Letters become blocks of their colour by
 * the mean, so that a rasteriser's version does not matter.
 */
const FONTS = `* { font-family: "Noto Sans CJK SC" !important; letter-spacing: 0 !important }
code, pre, code *, pre *, .mono, .picture text { font-family: "Noto Sans Mono CJK SC" !important }`

/**
 * Holds a whole page, as it is laid out now, against its picture in `test/fixtures/looks`.
 * A picture that is not there is written, and the answer says so: look at it, and run the test again.
 * @returns share of the picture that differs, 0 to 1; 1 for another width, or a height that differs by more than 2 %
 */
export async function lookOf(page: Page, name: string): Promise<number | 'written'> {
  const golden = path.join(repositoryRoot, 'test/fixtures/looks', `${name}.png`)
  await page.addStyleTag({ content: FONTS })
  await page.evaluate('document.fonts.ready')
  const shot = await page.screenshot({ fullPage: true, animations: 'disabled', caret: 'hide' })
  const small = await inPage<string>(page, `await shrink(${quoted(shot)}, ${BLOCK})`)
  const picture = Buffer.from(small.replace(/^[^,]*,/, ''), 'base64')
  if (!existsSync(golden)) {
    await mkdir(path.dirname(golden), { recursive: true })
    await writeFile(golden, picture)
    return 'written'
  }
  const share = await inPage<number>(
    page,
    `await differing(${quoted(await readFile(golden))}, ${quoted(picture)}, ${NEAR})`,
  )
  if (share > 0) await keepFor(name, picture)
  return share
}

/** Where somebody who asks what has changed finds it. */
async function keepFor(name: string, picture: Buffer): Promise<void> {
  const folder = path.join(repositoryRoot, 'dist/looks')
  await mkdir(folder, { recursive: true })
  await writeFile(path.join(folder, `${name}.png`), picture)
}

function quoted(png: Buffer): string {
  return JSON.stringify(`data:image/png;base64,${png.toString('base64')}`)
}

/** Beside the page under test, whose policy allows no images. */
async function inPage<T>(page: Page, expression: string): Promise<T> {
  const other = await page.context().browser()?.newPage()
  if (other === undefined) throw new Error('the page has no browser')
  try {
    return (await other.evaluate(`(async () => { ${PICTURES}; return ${expression} })()`)) as T
  } finally {
    await other.close()
  }
}

const PICTURES = `
  const drawn = async (url, block) => {
    const image = new Image()
    image.src = url
    await image.decode()
    const canvas = document.createElement('canvas')
    canvas.width = Math.ceil(image.width / block)
    canvas.height = Math.ceil(image.height / block)
    return { image, canvas, context: canvas.getContext('2d', { willReadFrequently: true }) }
  }
  const shrink = async (url, block) => {
    const { image, canvas, context } = await drawn(url, block)
    const whole = document.createElement('canvas')
    whole.width = image.width
    whole.height = image.height
    const source = whole.getContext('2d', { willReadFrequently: true })
    source.drawImage(image, 0, 0)
    const { data } = source.getImageData(0, 0, whole.width, whole.height)
    const small = context.createImageData(canvas.width, canvas.height)
    for (let y = 0; y < canvas.height; y++)
      for (let x = 0; x < canvas.width; x++) {
        const sum = [0, 0, 0]
        let count = 0
        for (let row = y * block; row < Math.min((y + 1) * block, whole.height); row++)
          for (let column = x * block; column < Math.min((x + 1) * block, whole.width); column++, count++)
            for (const colour of [0, 1, 2]) sum[colour] += data[(row * whole.width + column) * 4 + colour]
        // Sixteen steps a colour: smaller files, and less than what counts as different.
        for (const colour of [0, 1, 2]) small.data[(y * canvas.width + x) * 4 + colour] = Math.round(sum[colour] / count / 17) * 17
        small.data[(y * canvas.width + x) * 4 + 3] = 255
      }
    context.putImageData(small, 0, 0)
    return canvas.toDataURL('image/png')
  }
  const pixels = async (url) => {
    const { image, canvas, context } = await drawn(url, 1)
    context.drawImage(image, 0, 0)
    return { width: canvas.width, height: canvas.height, data: context.getImageData(0, 0, canvas.width, canvas.height).data }
  }
  const differing = async (first, second, near) => {
    const [a, b] = [await pixels(first), await pixels(second)]
    if (a.width !== b.width || Math.abs(a.height - b.height) > a.height / 50) return 1
    const height = Math.min(a.height, b.height)
    const away = (x, y, column, row) => {
      const [one, two] = [(y * a.width + x) * 4, (row * b.width + column) * 4]
      return (Math.abs(a.data[one] - b.data[two]) + Math.abs(a.data[one + 1] - b.data[two + 1]) + Math.abs(a.data[one + 2] - b.data[two + 2])) / 3
    }
    let count = 0
    for (let y = 0; y < height; y++)
      for (let x = 0; x < a.width; x++) {
        // A line that has moved by less than a block is where its neighbour was.
        let least = 255
        for (const row of [y, y - 1, y + 1])
          if (row >= 0 && row < b.height) least = Math.min(least, away(x, y, x, row))
        if (least > near) count++
      }
    return count / (a.width * height)
  }
`

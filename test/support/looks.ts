import type { LaunchOptions, Page } from 'playwright-core'

/** Debian's browser. */
export const CHROMIUM: LaunchOptions = { executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] }

/** The same, with letters drawn as their outlines say, whatever the machine's settings of fonts are. */
export const PLAIN_LETTERS: LaunchOptions = {
  ...CHROMIUM,
  args: [
    '--no-sandbox',
    '--font-render-hinting=none',
    '--disable-lcd-text',
    '--disable-font-subpixel-positioning',
    '--force-color-profile=srgb',
  ],
}

/** What is wrong with how a page looks, one line for each. Measured in the page, so it does not depend on a machine's fonts. */
export async function uglyIn(page: Page): Promise<string[]> {
  return page.evaluate(`(() => {
    ${MEASURES}
    return [...beyondWindow(), ...cutOff(), ...overlapping(), ...faint()]
  })()`)
}

/** Light of the page's ground, 0 (black) to 1. */
export async function lightOf(page: Page): Promise<number> {
  return page.evaluate(`(() => { ${MEASURES}; return luminance(groundOf(document.body)) })()`)
}

/**
 * WCAG 2.2, 1.4.3: a contrast of 4.5 for text, 3 from 24 px on, or 18.66 px in bold. Text in a drawing stands on the rectangle
 * of its group.
 */
const MEASURES = String.raw`
  const nameOf = (one) => one.tagName.toLowerCase() + (one.className && typeof one.className === 'string' ? '.' + one.className : '') +
    ' "' + one.textContent.trim().slice(0, 40) + '"'
  const isShown = (one) => one.checkVisibility({ contentVisibilityAuto: true, opacityProperty: true, visibilityProperty: true })
  const texts = () => {
    const found = []
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
    for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
      const element = node.parentElement
      if (node.data.trim() === '' || element.closest('script, style, noscript, title') || !isShown(element)) continue
      const range = document.createRange()
      range.selectNodeContents(node)
      found.push({ element, shape: element.closest('g')?.querySelector(':scope > rect'), rects: [...range.getClientRects()].filter((one) => one.width > 1 && one.height > 1) })
    }
    return found
  }
  const beyondWindow = () => [...document.querySelectorAll('body *')]
    .filter((one) => !one.closest('svg') && isShown(one) && one.getBoundingClientRect().right > document.documentElement.clientWidth + 1
      && !scrolls(one))
    .map((one) => 'beyond the window: ' + nameOf(one))
  const scrolls = (one) => {
    for (let at = one; at !== null && at !== document.body; at = at.parentElement)
      if (['auto', 'scroll'].includes(getComputedStyle(at).overflowX)) return true
    return false
  }
  const cutOff = () => [...document.querySelectorAll('body *')]
    .filter((one) => !one.closest('svg') && isShown(one) && ['hidden', 'clip'].includes(getComputedStyle(one).overflowX)
      && (one.scrollWidth > one.clientWidth + 1 || one.scrollHeight > one.clientHeight + 1))
    .map((one) => 'cut off: ' + nameOf(one))
  const overlapping = () => {
    const all = texts().filter(({ shape }) => !shape).flatMap(({ element, rects }) => rects.map((rect) => ({ element, rect }))).sort((a, b) => a.rect.top - b.rect.top)
    const found = []
    for (const [index, { element, rect }] of all.entries())
      for (let other = index + 1; other < all.length && all[other].rect.top < rect.bottom - 4; other++) {
        const { element: second, rect: below } = all[other]
        const wide = Math.min(rect.right, below.right) - Math.max(rect.left, below.left)
        const high = Math.min(rect.bottom, below.bottom) - Math.max(rect.top, below.top)
        if (wide > 2 && high > Math.min(rect.height, below.height) / 2)
          found.push('overlapping: ' + nameOf(element) + ' and ' + nameOf(second))
      }
    return found
  }
  const colour = (text) => {
    const [red, green, blue, alpha = 1] = text.match(/[\d.]+/g).map(Number)
    return { rgb: [red, green, blue], alpha }
  }
  const over = (above, below) => above.rgb.map((one, at) => one * above.alpha + below[at] * (1 - above.alpha))
  const groundOf = (one) => {
    const layers = []
    for (let at = one; at !== null; at = at.parentElement) layers.unshift(colour(getComputedStyle(at).backgroundColor))
    const canvas = getComputedStyle(document.documentElement).colorScheme.includes('dark') &&
      matchMedia('(prefers-color-scheme: dark)').matches && !matchMedia('print').matches ? [18, 18, 18] : [255, 255, 255]
    return layers.reduce((below, above) => over(above, below), canvas)
  }
  const luminance = (rgb) => {
    const [red, green, blue] = rgb.map((one) => one / 255).map((one) => (one <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
  }
  const faint = () => {
    const found = new Set()
    for (const { element, shape } of texts()) {
      const { color, fill, opacity, fontSize, fontWeight } = getComputedStyle(element)
      const ground = shape ? colour(getComputedStyle(shape).fill).rgb : groundOf(element)
      const ink = colour(shape ? fill : color)
      const [one, two] = [luminance(over({ ...ink, alpha: ink.alpha * opacity }, ground)), luminance(ground)]
      const ratio = (Math.max(one, two) + 0.05) / (Math.min(one, two) + 0.05)
      const size = parseFloat(fontSize)
      const least = size >= 24 || (size >= 18.66 && Number(fontWeight) >= 700) ? 3 : 4.5
      if (ratio < least) found.add('faint (' + ratio.toFixed(2) + '): ' + nameOf(element))
    }
    return [...found]
  }
`

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { exec, mustExec } from '@edgelift/core'
import { chromium } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { CHROMIUM, lightOf, uglyIn } from '../support/looks.ts'
import { repositoryRoot } from '../support/upstream/places.ts'

/** The documentation as somebody opens it who has it on a USB stick. */
let stick: string
beforeAll(async () => {
  await mustExec(exec, process.execPath, ['scripts/run.mjs', 'scripts/docs.ts'], { cwd: repositoryRoot })
  stick = await mkdtemp(path.join(tmpdir(), 'a USB stick 一-'))
  await mustExec(exec, 'cp', ['-r', path.join(repositoryRoot, 'dist/site'), path.join(stick, 'site')])
})
afterAll(() => rm(stick, { recursive: true }))

it.each([
  ['en', 'metaServer', 'P2'],
  ['zh-CN', '断电', '云端断电之后'],
])('opens from a folder and finds words (%s)', async (folder, words, heading) => {
  await using browser = await chromium.launch(CHROMIUM)
  const page = await browser.newPage({ viewport: { width: 420, height: 800 } })
  const said: string[] = []
  page.on('console', (message) => said.push(message.text()))
  page.on('request', (request) => said.push(request.url()))
  await page.goto(pathToFileURL(path.join(stick, 'site/index.html')).href)
  await page.click(`a[href="${folder}/index.html"]`)
  await page.waitForURL(new RegExp(`/${folder}/index\\.html$`))
  await page.fill('#search', words)
  const result = page.locator('#found a', { hasText: heading }).first()
  await result.click()
  await page.waitForURL(new RegExp(`^file:.*/${folder}/[\\w-]+\\.html#`))
  expect(said.filter((one) => !one.startsWith('file:'))).toEqual([])
  const width = await page.evaluate('document.documentElement.scrollWidth')
  expect(width).toBeLessThanOrEqual(420)
})

it.each([420, 1000, 1800])('can be read at a width of %i, light and dark', async (width) => {
  await using browser = await chromium.launch(CHROMIUM)
  for (const colorScheme of ['light', 'dark'] as const) {
    const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme })
    for (const name of PAGES) {
      await page.goto(pathToFileURL(path.join(stick, 'site', name)).href)
      expect(await uglyIn(page), `${name} ${colorScheme}`).toEqual([])
      await page.emulateMedia({ media: 'print' })
      expect(await lightOf(page), `${name} printed`).toBe(1)
      await page.emulateMedia({ media: 'screen' })
    }
  }
})

/** Long tables, long commands, diagrams. */
const PAGES = [
  'index.html',
  'en/errors.html',
  'en/requirements.html',
  'zh-CN/troubleshooting.html',
  'zh-CN/operator.html',
]

it.each([
  ['beyond the window', '<p style="width:200vw">wide</p>'],
  ['cut off', '<p style="overflow:hidden;white-space:nowrap;width:9px">a long line</p>'],
  ['overlapping', '<p>one line</p><p style="margin-top:-34px">another</p>'],
  ['faint (1.92)', '<p style="color:#bbb">light grey</p>'],
  [
    'faint (1.92)',
    '<svg><g><rect fill="#bbb" width="90" height="90"/><text fill="#fff" y="20">white</text></g></svg>',
  ],
])('a page would be seen that is %s', async (what, body) => {
  await using browser = await chromium.launch(CHROMIUM)
  const page = await browser.newPage()
  await page.setContent(body)
  expect(await uglyIn(page)).toEqual([expect.stringContaining(what)])
})

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { type Browser, chromium } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { reportPage } from '../../packages/builder/src/report/page.ts'
import { fixedDifference, fixedInspection } from '../support/fixed-report.ts'
import { PLAIN_LETTERS } from '../support/looks.ts'
import { lookOf } from '../support/pictures.ts'

/** Share of a picture that may differ: a browser's version moves lines by a pixel. */
const TOLERATED = 0.007

let folder: string
let browser: Browser
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'edgelift-looks-'))
  browser = await chromium.launch(PLAIN_LETTERS)
})
afterAll(async () => {
  await browser.close()
  await rm(folder, { recursive: true })
})

interface Look {
  readonly lang: 'en' | 'zh'
  readonly width: number
  readonly as: 'light' | 'dark' | 'print'
  /** Changes the page before it is looked at. */
  readonly spoilt?: (page: string) => string
}

async function look({ lang, width, as, spoilt = (page) => page }: Look): Promise<number | 'written'> {
  const file = path.join(folder, `${lang}-${width}-${as}.html`)
  await writeFile(file, spoilt(reportPage(fixedInspection, lang, fixedDifference)))
  const colorScheme = as === 'dark' ? 'dark' : 'light'
  // The style sheet of the fonts is none of the page's own.
  const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme, bypassCSP: true })
  try {
    await page.goto(pathToFileURL(file).href)
    await page.emulateMedia({ media: as === 'print' ? 'print' : 'screen', colorScheme })
    return await lookOf(page, `report-${lang}-${width}-${as}`)
  } finally {
    await page.close()
  }
}

const LOOKS = (['en', 'zh'] as const).flatMap((lang) =>
  [420, 1000, 1800].flatMap((width) =>
    (['light', 'dark', 'print'] as const).map((as) => ({ lang, width, as })),
  ),
)

it.each(LOOKS)('the report looks as it did: $lang, $width px, $as', async (one) => {
  expect(await look(one)).toBeLessThan(TOLERATED)
})

describe('a report would be seen', () => {
  it.each([
    ['without its colours of dark', 'dark', 1000, ['prefers-color-scheme:dark', 'prefers-color-scheme:none']],
    ['with tables that are no cards', 'light', 420, ['.cards:not(.pairs) tr{', '.none tr{']],
    ['without its picture of bytes', 'light', 1000, ['.picture{display:block', '.picture{display:none']],
    ['of the full width', 'light', 1800, ['max-width:1120px', 'max-width:none']],
    ['without colours in the picture', 'light', 1000, ['.images>rect', '.none>rect']],
    ['with a section less', 'print', 1000, ['<section', '<section hidden style="display:none"']],
  ] as const)('%s', async (_what, as, width, [from, to]) => {
    const spoilt = (page: string): string => {
      expect(page).toContain(from)
      return page.replace(from, to)
    }
    expect(await look({ lang: 'en', width, as, spoilt })).toBeGreaterThan(TOLERATED)
  })
})

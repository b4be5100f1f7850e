import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { exec, mustExec } from '@edgelift/core'
import { chromium } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
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
  await using browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] })
  const page = await browser.newPage({ viewport: { width: 420, height: 800 } })
  const said: string[] = []
  page.on('console', (message) => said.push(message.text()))
  page.on('request', (request) => said.push(request.url()))
  await page.goto(pathToFileURL(path.join(stick, 'site/index.html')).href)
  await page.click(`a[href="${folder}/index.html"]`)
  await page.fill('#search', words)
  const result = page.locator('#found a', { hasText: heading }).first()
  await result.click()
  expect(page.url()).toMatch(new RegExp(`^file:.*/${folder}/[\\w-]+\\.html#`))
  expect(said.filter((one) => !one.startsWith('file:'))).toEqual([])
  const width = await page.evaluate('document.documentElement.scrollWidth')
  expect(width).toBeLessThanOrEqual(420)
})

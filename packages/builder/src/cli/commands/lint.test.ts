import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { silent } from '@edgelift/core'
import type { CommandContext, Paint } from '@edgelift/core/cli'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { lintCommand } from './lint.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'edgelift-lint-'))
})
afterEach(() => rm(folder, { recursive: true }))

const paint = { yellow: (text: string) => text } as Paint
const context = { env: {}, report: silent } as unknown as CommandContext
const lay = async (name: string, text: string): Promise<string> => {
  const file = path.join(folder, name)
  await writeFile(file, text)
  return file
}
const lint = (args: Record<string, unknown>) => lintCommand(process.cwd())(args, context)

const EXTENDING = 'format: edgelift/release/v1\nextends: kubeedge-1.22.0\nname: site\n'

it('says in both languages that a release has no errors', async () => {
  const release = await lay('site.yaml', EXTENDING)
  const { document, text } = await lint({ release })
  expect(document).toMatchObject({ release: expect.stringContaining('site'), findings: expect.any(Array) })
  expect(document).not.toHaveProperty('config')
  expect(text('en', paint)).toMatch(/: no errors$/)
  expect(text('zh', paint)).toMatch(/：没有错误$/)
})

it('refuses a release with errors', async () => {
  const release = await lay(
    'site.yaml',
    `${EXTENDING}images: {bad: {reference: 'site/app:latest', roles: [edge]}}\n`,
  )
  await expect(lint({ release })).rejects.toMatchObject({
    code: 'RELEASE_REFUSED',
    exit: 1,
    because: { en: expect.stringContaining('latest') },
  })
})

it('checks the configuration that --config names, and says so', async () => {
  const release = await lay('site.yaml', EXTENDING)
  const config = await lay('config.yaml', 'concurrency: 2\n')
  const { document, text } = await lint({ release, config })
  expect(document).toMatchObject({ config })
  expect(text('en', paint)).toMatch(new RegExp(`: no errors\n${config}: no errors$`))
  expect(text('zh', paint)).toContain(`\n${config}：没有错误`)
})

it.each([
  ['with a key that it does not have', 'concurency: 2\n'],
  ['whose CA file is missing', 'caFiles: [gone.pem]\n'],
  ['that is no YAML', 'concurrency: [\n'],
])('refuses a configuration %s, as lock and build do', async (_what, words) => {
  const release = await lay('site.yaml', EXTENDING)
  const config = await lay('config.yaml', words)
  await expect(lint({ release, config })).rejects.toMatchObject({ code: 'CONFIG_INVALID' })
  await expect(lint({ release, config: `${config}.gone` })).rejects.toMatchObject({ code: 'CONFIG_INVALID' })
})

import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { CommandContext } from '@edgelift/core/cli'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { knownPassphrase, newPassphrase } from './passphrase.ts'

/** Nobody sits at a terminal. */
const context = { json: true, lang: 'en' } as unknown as CommandContext
const WORDS = 'five random words here now'
let folder = ''
let file = ''
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'edgelift-passphrase-'))
  file = path.join(folder, 'passphrase')
})
afterEach(() => rm(folder, { recursive: true }))

const put = (text: string, mode = 0o600) => writeFile(file, text, { mode })

it('is the first line of a file without the space around it, as when it is typed', async () => {
  await put(`${WORDS} \r\nnot this\n`)
  expect(await newPassphrase(context, { file, asked: false })).toBe(WORDS)
  expect(await knownPassphrase(context, file)).toBe(WORDS)
  expect(await newPassphrase(context, { file: undefined, asked: false })).toBeUndefined()
})

it('is refused where others may read it, where it is empty, and, of a new backup, where it is short', async () => {
  const refused = (text: RegExp) =>
    expect(newPassphrase(context, { file, asked: false })).rejects.toMatchObject({
      code: 'PASSPHRASE_NEEDED',
      message: expect.stringMatching(text),
    })
  await put('\nnot this\n')
  await refused(/first line/)
  await put('q9z8x7\n')
  await refused(/than 12 characters/)
  expect(await knownPassphrase(context, file)).toBe('q9z8x7')
  await put(WORDS)
  await chmod(file, 0o644)
  await refused(/no secret/)
})

it('cannot be asked for without a terminal', async () => {
  await expect(newPassphrase(context, { file: undefined, asked: true })).rejects.toMatchObject({
    code: 'PASSPHRASE_NEEDED',
  })
  await expect(knownPassphrase(context, undefined)).rejects.toMatchObject({ code: 'PASSPHRASE_NEEDED' })
})

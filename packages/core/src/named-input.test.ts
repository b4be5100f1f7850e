import { execFileSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { asEdgeliftError } from './cli/shell.ts'
import { readNamed, readNamedText } from './named-input.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'edgelift-named-input-'))
})
afterAll(() => rm(folder, { recursive: true }))

describe('a file that somebody names', () => {
  it('is read whole', async () => {
    const file = path.join(folder, 'file')
    await writeFile(file, 'text')
    expect(await readNamedText(file)).toBe('text')
  })

  it('may be a pipe whose writer comes later; until then nothing is blocked', async () => {
    const pipes = Array.from({ length: 8 }, (_, number) => path.join(folder, `pipe${number}`))
    execFileSync('mkfifo', pipes)
    const texts = Promise.all(pipes.map(readNamedText)) // more than there are threads for files
    await writeFile(path.join(folder, 'meanwhile'), 'x')
    await Promise.all(pipes.map((pipe) => writeFile(pipe, path.basename(pipe))))
    expect(await texts).toEqual(pipes.map((pipe) => path.basename(pipe)))
  })

  it.each([
    ['/dev/zero', 'the file is too large'],
    ['/dev/null/x', 'part of the path is not a directory'],
    ['/proc/self/mem', 'EIO'],
  ])('is told with its path where the system refuses it: %s', async (file, words) => {
    const error = asEdgeliftError(await readNamed(file).catch((problem: unknown) => problem))
    expect(error).toMatchObject({ code: 'FILE_UNUSABLE', because: { en: expect.stringContaining(words) } })
    expect(error.what.en).toContain(file)
  })
})

import { execFileSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { asEdgeliftError, runInShell } from './cli/shell.ts'
import { readNamed, readNamedText } from './named-input.ts'
import { same } from './text.ts'

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

  it('ends at once at a signal when it is a pipe that nobody writes to', async () => {
    const pipe = path.join(folder, 'endless')
    execFileSync('mkfifo', [pipe])
    const streams = { stdout: { write: () => {} }, stderr: { write: () => {} } }
    const asked = { streams, env: {}, json: false, typed: 'edgelift', quiet: true, verbose: false }
    const done = runInShell({ ...asked, lang: 'en', resume: same('') }, async () => {
      setTimeout(() => process.emit('SIGTERM'), 50)
      await readNamedText(pipe)
      return { document: null, text: () => '' }
    })
    expect(await done).toBe(5)
  })

  it.each([
    ['UTF-8', Buffer.from('名: é\n')],
    ['UTF-16, as PowerShell writes it', Buffer.from('\ufeff名: é\n', 'utf16le')],
    ['UTF-16, the other way round', Buffer.from('\ufeff名: é\n', 'utf16le').swap16()],
  ])('is read in %s', async (name, bytes) => {
    const file = path.join(folder, name)
    await writeFile(file, bytes)
    expect(await readNamedText(file)).toBe('名: é\n')
  })

  it('is told where it is in another encoding', async () => {
    const file = path.join(folder, 'gbk')
    await writeFile(file, Buffer.from([0x61, 0xd6, 0xd0])) // a中
    const error = asEdgeliftError(await readNamedText(file).catch((problem: unknown) => problem))
    expect(error).toMatchObject({
      code: 'FILE_UNUSABLE',
      because: { en: 'it is not text in UTF-8' },
      fix: { en: expect.stringContaining('save it as UTF-8'), zh: expect.stringContaining('请保存为 UTF-8') },
    })
    expect(error.what.en).toContain(file)
    expect(await readNamedText(file, 'replaced')).toBe('a\ufffd\ufffd')
  })

  it('may be a pipe whose writer comes later; until then nothing is blocked', async () => {
    const pipes = Array.from({ length: 8 }, (_, number) => path.join(folder, `pipe${number}`))
    execFileSync('mkfifo', pipes)
    const texts = Promise.all(pipes.map((pipe) => readNamedText(pipe))) // more than there are threads for files
    await writeFile(path.join(folder, 'meanwhile'), 'x')
    await Promise.all(pipes.map((pipe) => writeFile(pipe, path.basename(pipe))))
    expect(await texts).toEqual(pipes.map((pipe) => path.basename(pipe)))
  })

  it('is told when it is a pipe that nobody writes to', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    try {
      const pipe = path.join(folder, 'silent')
      execFileSync('mkfifo', [pipe])
      const written: string[] = []
      const streams = { stdout: { write: () => {} }, stderr: { write: (text: string) => written.push(text) } }
      const asked = {
        streams,
        env: {},
        json: false,
        typed: 'edgelift',
        quiet: true,
        verbose: false,
        resume: same(''),
      }
      const done = runInShell({ ...asked, lang: 'en' }, async () => {
        expect(await readNamedText(pipe)).toBe('late')
        return { document: null, text: () => '' }
      })
      vi.advanceTimersByTime(3_000)
      expect(written.join('')).toContain(`still reading ${pipe}: if it is a pipe`)
      await writeFile(pipe, 'late')
      expect(await done).toBe(0)
      expect(written).toHaveLength(1)
    } finally {
      vi.useRealTimers()
    }
  })

  it.each([
    ['/dev/zero', 'the file is too large'],
    ['/dev/null/x', 'part of the path is not a directory'],
    ['/proc/self/mem', 'input/output error'],
  ])('is told with its path where the system refuses it: %s', async (file, words) => {
    const error = asEdgeliftError(await readNamed(file).catch((problem: unknown) => problem))
    expect(error).toMatchObject({ code: 'FILE_UNUSABLE', because: { en: expect.stringContaining(words) } })
    expect(error.what.en).toContain(file)
  })
})

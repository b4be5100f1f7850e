import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Exec, exec, lastLines, mustExec } from './exec.ts'
import { systemErrorForPeople } from './system-error.ts'

const sh = (script: string, options?: Parameters<Exec>[2]) => exec('sh', ['-c', script], options)

describe('exec', () => {
  it('gives what a program prints, and how it ended, as a result', async () => {
    expect(await sh('echo out; echo err >&2; exit 7')).toEqual({ code: 7, stdout: 'out\n', stderr: 'err\n' })
  })

  it('takes arguments as they are: no shell reads them', async () => {
    expect((await exec('printf', ['%s|', '$HOME', '*', 'a b', '; exit 1'])).stdout).toBe(
      '$HOME|*|a b|; exit 1|',
    )
  })

  it('hands over input, and an empty one where there is none', async () => {
    expect((await exec('cat', [], { input: 'text 中文' })).stdout).toBe('text 中文')
    expect((await exec('cat', [], { input: Buffer.from([0x61, 0x62]) })).stdout).toBe('ab')
    expect(await exec('cat', [])).toEqual({ code: 0, stdout: '', stderr: '' })
  })

  it('judges by its exit code a program that does not read its input', async () => {
    expect((await exec('true', [], { input: 'x'.repeat(1_000_000) })).code).toBe(0)
    expect((await exec('false', [], { input: 'x'.repeat(1_000_000) })).code).toBe(1)
  })

  it('runs in a folder, with an environment that replaces its own', async () => {
    expect(
      (await sh('pwd; echo $HOME$ONLY', { cwd: '/', env: { ONLY: 'mine', PATH: process.env.PATH } })).stdout,
    ).toBe('/\nmine\n')
  })

  it.each([
    ['TERM', 143],
    ['KILL', 137],
    ['HUP', 129],
    ['ILL', 132],
    ['BUS', 135],
    ['USR1', 138],
  ])('gives 128 and the number of the signal that ended it: %s', async (signal, code) => {
    expect((await sh(`kill -${signal} $$; sleep 10`)).code).toBe(code)
  })

  it('keeps the last 16 MiB of what is printed, and no more', async () => {
    const { stdout, isCut } = await sh('head -c 20000000 /dev/zero | tr "\\0" x; echo end')
    expect(isCut).toBe(true)
    expect(stdout.length).toBeLessThanOrEqual(16 * 1024 * 1024 + 64 * 1024)
    expect(stdout.length).toBeGreaterThan(15 * 1024 * 1024)
    expect(stdout.endsWith('xend\n')).toBe(true)
    const whole = await sh('head -c 20000000 /dev/zero | tr "\\0" x', { keep: 32 * 1024 * 1024 })
    expect([whole.stdout.length, whole.isCut]).toEqual([20_000_000, undefined])
  })

  it('tells of standard error as it comes, no letter of it torn', async () => {
    const told: string[] = []
    // The three bytes of one letter, in two writes.
    const { stderr } = await sh("printf '\\344\\270' >&2; sleep 0.2; printf '\\255.' >&2", {
      onStderr: (text) => told.push(text),
    })
    expect([told.join(''), stderr]).toEqual(['中.', '中.'])
  })

  it('tells before the program ends', async () => {
    const start = Date.now()
    let first = Number.POSITIVE_INFINITY
    await sh('echo early >&2; sleep 0.5', { onStderr: () => (first = Math.min(first, Date.now() - start)) })
    expect(Date.now() - start - first).toBeGreaterThan(300)
  })

  it('kills the program and its children when the time is up', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'edgelift-exec-'))
    const file = path.join(folder, 'survived')
    try {
      const { code, stdout } = await sh(`echo begun; (sleep 1; echo > ${file}) & sleep 20`, { timeout: 200 })
      expect([code, stdout]).toEqual([124, 'begun\n'])
      await new Promise((resolve) => setTimeout(resolve, 1200))
      await expect(readFile(file)).rejects.toMatchObject({ code: 'ENOENT' })
    } finally {
      await rm(folder, { recursive: true })
    }
  })

  it('does not call a program late that ends in time', async () => {
    expect((await sh('exit 3', { timeout: 60_000 })).code).toBe(3)
  })

  it('is waited for no longer once it was killed, whoever holds its output open', async () => {
    const start = Date.now()
    const { code, stdout } = await sh('echo begun; setsid sleep 8 & sleep 20', { timeout: 200 })
    expect([code, stdout]).toEqual([124, 'begun\n'])
    expect(Date.now() - start).toBeLessThan(4000)
  })

  it('names a program that is not there, with what to do', async () => {
    await expect(exec('no-such-program', [])).rejects.toMatchObject({
      code: 'COMMAND_MISSING',
      what: { en: 'cannot run no-such-program', zh: '无法运行 no-such-program' },
      because: { en: 'no such file or directory', zh: '文件或目录不存在' },
      fix: { en: 'install no-such-program or add it to PATH', zh: '请安装 no-such-program 或将其加入 PATH' },
    })
  })
})

describe('exec that is told to stop', () => {
  let folder = ''
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'edgelift-exec-'))
  })
  afterEach(() => rm(folder, { recursive: true }))

  it.each([{}, { timeout: 60_000 }])('stops with its children when it is told to: %j', async (more) => {
    const file = path.join(folder, 'survived')
    const stop = new AbortController()
    const running = sh(`(sleep 1; echo > ${file}) & echo begun >&2; sleep 20`, {
      ...more,
      signal: stop.signal,
      onStderr: () => stop.abort(),
    })
    await expect(running).rejects.toMatchObject({ name: 'AbortError' })
    await sleep(1200)
    await expect(readFile(file)).rejects.toMatchObject({ code: 'ENOENT' })
  })

  it('has time to put its things in order when it is told to stop', async () => {
    const file = path.join(folder, 'ordered')
    const stop = new AbortController()
    const tidy = `trap 'sleep 0.3; echo done > ${file}; exit' TERM; echo begun >&2; while :; do sleep 0.1; done`
    const running = sh(tidy, { signal: stop.signal, onStderr: () => stop.abort() })
    await expect(running).rejects.toMatchObject({ name: 'AbortError' })
    expect(await readFile(file, 'utf8')).toBe('done\n')
  })

  it('is not begun once it was told to stop', async () => {
    const file = path.join(folder, 'begun')
    const late = sh(`echo > ${file}`, { signal: AbortSignal.abort() })
    await expect(late).rejects.toMatchObject({ name: 'AbortError' })
    await expect(readFile(file)).rejects.toMatchObject({ code: 'ENOENT' })
  })

  it('is killed where it does not listen', async () => {
    const stop = new AbortController()
    const deaf = `trap '' TERM; echo begun >&2; while :; do sleep 0.1; done`
    const start = Date.now()
    const running = sh(deaf, { signal: stop.signal, onStderr: () => stop.abort() })
    await expect(running).rejects.toMatchObject({ name: 'AbortError' })
    expect(Date.now() - start).toBeLessThan(6000)
  })
})

describe('a folder in which nothing can run', () => {
  let folder = ''
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'edgelift-exec-'))
    await writeFile(path.join(folder, 'file'), '')
  })
  afterAll(() => rm(folder, { recursive: true }))

  it.each([
    ['gone', 'ENOENT', 'no such file or directory'],
    ['file', 'ENOTDIR', 'part of the path is not a directory'],
  ])('is named, not the program: %s', async (name, code, because) => {
    const cwd = path.join(folder, name)
    const error: unknown = await sh('true', { cwd }).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code, path: cwd })
    expect(systemErrorForPeople(error)).toMatchObject({
      code: 'FILE_UNUSABLE',
      what: { en: `cannot use ${cwd}` },
      because: { en: because },
    })
  })

  it('is not the cause where the program is missing', async () => {
    await expect(exec('no-such-program', [], { cwd: folder })).rejects.toMatchObject({
      code: 'COMMAND_MISSING',
    })
  })
})

describe('mustExec', () => {
  const ended =
    (code: number, stdout = '', stderr = ''): Exec =>
    async () => ({ code, stdout, stderr })

  it('gives what a program prints that succeeds', async () => {
    expect(await mustExec(ended(0, 'out\n', 'warning\n'), 'helm', ['version'])).toBe('out\n')
  })

  it('hands everything over as it is', async () => {
    const calls: unknown[] = []
    const watch: Exec = async (...call) => {
      calls.push(call)
      return { code: 0, stdout: '', stderr: '' }
    }
    await mustExec(watch, 'helm', ['a', 'b'], { timeout: 5 })
    expect(calls).toEqual([['helm', ['a', 'b'], { timeout: 5 }]])
  })

  it.each<[string, Exec, unknown]>([
    ['standard error', ended(3, 'out\n', 'why\n'), { en: 'why', zh: 'why' }],
    ['standard output where there is no other', ended(3, 'out\n'), { en: 'out', zh: 'out' }],
    ['that there is nothing', ended(3), { en: 'it printed nothing', zh: '没有任何输出' }],
    [
      'that there are blank lines only',
      ended(3, '', '\n  \n'),
      { en: 'it printed nothing', zh: '没有任何输出' },
    ],
  ])('tells of one that fails: %s', async (_what, run, because) => {
    await expect(mustExec(run, 'helm', ['template', 'x'])).rejects.toMatchObject({
      code: 'COMMAND_FAILED',
      what: { en: 'helm template x failed with exit code 3', zh: 'helm template x 失败，退出码 3' },
      because,
    })
  })

  it('does not take the end of what a program printed for all of it', async () => {
    const run: Exec = async () => ({ code: 0, stdout: 'end', stderr: '', isCut: true })
    await expect(mustExec(run, 'helm', ['template', 'x'])).rejects.toMatchObject({
      code: 'COMMAND_FAILED',
      what: { en: 'helm template x printed more than 16.8 MB', zh: 'helm template x 的输出超过 16.8 MB' },
    })
  })

  it('tells the last twelve lines', async () => {
    const lines = Array.from({ length: 20 }, (_, index) => `line ${index + 1}`)
    await expect(mustExec(ended(1, '', lines.join('\n')), 'helm', [])).rejects.toMatchObject({
      because: { en: lines.slice(8).join('\n') },
    })
  })
})

it.each([
  ['a\nb\nc\n', 2, 'b\nc'],
  ['a\n\n  \nb\n\n', 2, 'a\nb'],
  ['a', 5, 'a'],
  ['', 5, ''],
])('the last lines of %j, %i of them', (text, count, expected) => {
  expect(lastLines(text, count)).toBe(expected)
})

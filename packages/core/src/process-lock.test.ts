import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { clearLock, takeLock } from './process-lock.ts'

const runner = path.resolve(import.meta.dirname, '../../../scripts/run.mjs')
const child = path.join(import.meta.dirname, 'process-lock.child.ts')

let folder: string
let file: string
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'edgelift-lock-'))
  file = path.join(folder, 'lock')
})
afterEach(() => rm(folder, { recursive: true }))

describe('takeLock', () => {
  it('is held by one only, and leaves nothing behind', async () => {
    const lock = await takeLock(file)
    await expect(takeLock(file)).rejects.toMatchObject({ code: 'LOCKED' })
    await lock[Symbol.asyncDispose]()
    expect(await readdir(folder)).toEqual([])
    const next = await takeLock(file)
    await lock[Symbol.asyncDispose]()
    await expect(takeLock(file)).rejects.toMatchObject({ code: 'LOCKED' })
    await next[Symbol.asyncDispose]()
  })

  it('names the process that holds it and the file', async () => {
    await using _lock = await takeLock(file)
    await expect(takeLock(file)).rejects.toMatchObject({
      message: expect.stringContaining(`PID ${process.pid}`),
      because: { en: `it holds ${file}` },
    })
  })

  it.each([
    ['an empty file', ''],
    ['a cut file', '{"pid": 1'],
    ['a PID that another process uses now', { started: '1' }],
    ['a boot that is over', { boot: 'another' }],
    ['null', 'null'],
  ])('takes over what is dead: %s', async (_name, change) => {
    await writeFile(
      file,
      typeof change === 'string' ? change : JSON.stringify({ ...(await holder()), ...change }),
    )
    await using _lock = await takeLock(file)
    expect(JSON.parse(await readFile(file, 'utf8')).pid).toBe(process.pid)
  })

  it('takes over what a killed process holds whose parent never asks for its end, as in containers', async () => {
    const parent = spawn('sh', ['-c', 'sleep 0.05 & echo $!; exec sleep 60'], { stdio: 'pipe' })
    try {
      const pid = Number(await new Promise((resolve) => parent.stdout.once('data', resolve)))
      const stat = async () => (await readFile(`/proc/${pid}/stat`, 'utf8')).split(') ')[1]?.split(' ') ?? []
      const started = (await stat())[19]
      await writeFile(file, JSON.stringify({ ...(await holder()), pid, started }))
      await expect(takeLock(file)).rejects.toMatchObject({ code: 'LOCKED' })
      await vi.waitUntil(async () => (await stat())[0] === 'Z')
      await using _lock = await takeLock(file)
      expect(JSON.parse(await readFile(file, 'utf8')).pid).toBe(process.pid)
    } finally {
      parent.kill('SIGKILL')
    }
  })

  it('takes the lock of another container for alive as long as it shows signs of life', async () => {
    await writeFile(file, JSON.stringify({ ...(await holder()), pid: 999_999, pidSpace: 'pid:[1]' }))
    await expect(takeLock(file)).rejects.toMatchObject({ code: 'LOCKED' })
    const longAgo = new Date(Date.now() - 120_000)
    await utimes(file, longAgo, longAgo)
    await using _lock = await takeLock(file)
  })

  it('takes the lock of another machine for alive as long as it shows signs of life', async () => {
    await writeFile(
      file,
      JSON.stringify({ ...(await holder()), boot: 'another', host: 'another', nonce: 'n1' }),
    )
    await expect(takeLock(file)).rejects.toMatchObject({ code: 'LOCKED' })
    const longAgo = new Date(Date.now() - 120_000)
    await utimes(file, longAgo, longAgo)
    await using _lock = await takeLock(file)
  })

  it('is taken over though the one who was about to remove a dead lock died, too', async () => {
    const dead = { ...(await holder()), boot: 'another' }
    await writeFile(file, JSON.stringify({ ...dead, nonce: 'one' }))
    await writeFile(`${file}.one.heir`, JSON.stringify({ ...dead, nonce: 'two' }))
    await writeFile(`${file}.one.heir.two.heir`, '')
    await using _lock = await takeLock(file)
    expect(JSON.parse(await readFile(file, 'utf8')).pid).toBe(process.pid)
    expect(await readdir(folder)).toEqual(['lock'])
  })

  it('leaves what killed takers have left until it is cleared; what living ones are at stays', async () => {
    const dead = JSON.stringify({ ...(await holder()), started: '1' })
    const living = JSON.stringify(await holder())
    const files = {
      'lock.0123': dead,
      'lock.n.heir': dead,
      'lock.4567': living,
      'lock.new': '',
      'lock.old': '',
      lock2: dead,
    }
    for (const [name, text] of Object.entries(files)) await writeFile(path.join(folder, name), text)
    const longAgo = new Date(Date.now() - 120_000)
    await utimes(path.join(folder, 'lock.old'), longAgo, longAgo)
    await using _lock = await takeLock(file)
    await clearLock(file)
    expect((await readdir(folder)).sort()).toEqual(['lock', 'lock.4567', 'lock.new', 'lock2'])
  })

  it('waits for nothing outside of its folder: a socket or file of another user cannot hold it up', async () => {
    await writeFile(file, JSON.stringify({ ...(await holder()), started: '1', nonce: '../../x' }))
    await using _lock = await takeLock(file)
    expect(await readdir(folder)).toEqual(['lock'])
  })

  it('is never held by two of many processes, though they are killed and find dead locks all the time', async () => {
    const log = path.join(folder, 'log')
    await writeFile(log, '')
    const stop = path.join(folder, 'stop')
    const run = () => spawn(process.execPath, [runner, child, file, log, stop], { stdio: 'pipe' })
    const workers: ChildProcess[] = Array.from({ length: 6 }, run)
    const victims: ChildProcess[] = Array.from({ length: 4 }, run)
    await waitForLines(log, 20)
    for (const victim of victims) {
      await new Promise((resolve) => setTimeout(resolve, 150))
      victim.kill('SIGKILL')
    }
    await waitForLines(log, (await readFile(log, 'utf8')).split('\n').length + 40)
    await writeFile(stop, '')
    const codes = await Promise.all(workers.map(ended))
    expect(codes).toEqual(workers.map(() => 0))
    const lines = (await readFile(log, 'utf8')).trim().split('\n')
    expect(overlaps(lines)).toEqual([])
  }, 60_000)

  it('is taken over by exactly one of many that find the same dead lock', async () => {
    for (let round = 0; round < 30; round++) {
      await writeFile(file, JSON.stringify({ ...(await holder()), boot: 'another' }))
      const taken = await Promise.allSettled(Array.from({ length: 8 }, () => takeLock(file)))
      const winners = taken.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
      expect(winners.length).toBe(1)
      for (const result of taken) {
        if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'LOCKED' })
      }
      await winners[0]?.[Symbol.asyncDispose]()
    }
  })
})

/** What this process writes into a lock. */
async function holder(): Promise<Record<string, unknown>> {
  const sample = path.join(folder, 'sample')
  await using _lock = await takeLock(sample)
  return JSON.parse(await readFile(sample, 'utf8')) as Record<string, unknown>
}

/** Every `take` must be followed by the same holder's `free`, or by nothing of a holder that was killed. */
function overlaps(lines: readonly string[]): string[] {
  const bad: string[] = []
  let inside: string | undefined
  for (const line of lines) {
    const [word, who] = line.split(' ')
    if (word === 'take') inside = who
    else if (inside !== who) bad.push(`${line} while ${inside} held it`)
  }
  return bad
}

async function waitForLines(log: string, count: number): Promise<void> {
  const deadline = Date.now() + 40_000
  while ((await readFile(log, 'utf8')).split('\n').length < count) {
    if (Date.now() > deadline) throw new Error('the processes never took the lock')
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

function ended(process: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => {
    if (process.exitCode !== null) resolve(process.exitCode)
    process.on('exit', (code) => resolve(code))
  })
}

it('names the lock, and no file beside it, when it cannot be written', async () => {
  const long = path.join(folder, 'x'.repeat(250)) // as it is it fits, with more it does not
  await expect(takeLock(long)).rejects.toMatchObject({ code: 'ENAMETOOLONG', path: long })
})

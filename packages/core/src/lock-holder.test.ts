import { mkdir, mkdtemp, rm, symlink, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { describeSelf, type Holder, holderOf, isAlive, SILENT } from './lock-holder.ts'

const ME: Holder = { nonce: 'n', host: 'h', pid: 7, started: '1', boot: 'b', pidSpace: 'p' }

let folder: string
let file: string
let own: string
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'edgelift-holder-'))
  file = path.join(folder, 'lock')
  own = path.join(folder, 'own')
  await writeFile(own, '')
})
afterEach(() => rm(folder, { recursive: true }))

describe('who holds a lock', () => {
  it('is read as it was written', async () => {
    await writeFile(file, JSON.stringify(ME))
    expect(await holderOf(file)).toEqual(ME)
  })

  it('has nothing in its nonce that could lead to another file', async () => {
    await writeFile(file, JSON.stringify({ ...ME, nonce: `../../${'a'.repeat(100)}` }))
    expect(await holderOf(file)).toMatchObject({ nonce: 'a'.repeat(64) })
  })

  it('may be of an edgelift that wrote less', async () => {
    await writeFile(file, JSON.stringify({ pid: 7, started: '1', boot: 'b' }))
    expect(await holderOf(file)).toEqual({ ...ME, nonce: '', host: '', pidSpace: '' })
  })

  it.each([
    ['an empty file', () => writeFile(file, '')],
    ['a file that is cut', () => writeFile(file, '{"pid":')],
    ['null', () => writeFile(file, 'null')],
    ['a PID that is a text', () => writeFile(file, JSON.stringify({ ...ME, pid: '7' }))],
    ['no boot', () => writeFile(file, JSON.stringify({ ...ME, boot: undefined }))],
    ['a folder', () => mkdir(file)],
    ['a link to nowhere', () => symlink('nowhere', file)],
    ['a link to itself', () => symlink('lock', file)],
  ])('is unknown: %s', async (_what, lay) => {
    await lay()
    expect(await holderOf(file)).toBeUndefined()
  })

  it('is gone where there is no file', async () => {
    expect(await holderOf(file)).toBe('gone')
  })
})

describe('whether a holder is alive', () => {
  it('is not where nobody knows who it is', async () => {
    expect(await isAlive(undefined, { file, own, me: ME })).toBe(false)
  })

  it('is seen by its start time: this process is, one that had its PID before is not', async () => {
    const me = { ...(await describeSelf()), nonce: 'n' }
    expect(me).toMatchObject({ pid: process.pid, started: expect.stringMatching(/^\d+$/) })
    expect(await isAlive(me, { file, own, me })).toBe(true)
    expect(await isAlive({ ...me, started: '1' }, { file, own, me })).toBe(false)
  })

  it('is not after a boot of this machine', async () => {
    await writeFile(file, '')
    expect(await isAlive({ ...ME, boot: 'before' }, { file, own, me: ME })).toBe(false)
  })

  it.each<[string, Partial<Holder>]>([
    ['another container', { pidSpace: 'q' }],
    ['another machine', { boot: 'c', host: 'g' }],
  ])('is judged by its signs of life in %s, by the clock of the folder', async (_what, other) => {
    const holder = { ...ME, ...other }
    expect(await isAlive(holder, { file, own, me: ME })).toBe(false)
    await writeFile(file, '')
    const now = 2_000_000_000 // a clock that is years ahead of this machine's
    await utimes(own, now, now)
    for (const [age, alive] of [
      [0, true],
      [SILENT / 1000 - 1, true],
      [SILENT / 1000, false],
    ] as const) {
      await utimes(file, now - age, now - age)
      expect(await isAlive(holder, { file, own, me: ME }), `${age} s`).toBe(alive)
    }
  })

  it('is asked of the system where there is no start time', async () => {
    const me = { ...ME, started: '' }
    expect(await isAlive({ ...me, pid: process.pid }, { file, own, me })).toBe(true)
    expect(await isAlive({ ...me, pid: 2 ** 22 + 1 }, { file, own, me })).toBe(false)
  })
})

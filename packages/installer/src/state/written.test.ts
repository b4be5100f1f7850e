import { stat } from 'node:fs/promises'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Trial, trial } from '../testing/trial.ts'
import {
  forgetWritten,
  keepFile,
  keepText,
  moveAway,
  rememberWritten,
  WRITTEN,
  writtenFiles,
} from './written.ts'

let on: Trial
const at = (file: string) => path.join(on.root, file)
const remember = (sha: string, file = '/etc/a') => rememberWritten(on.host, new Map([[file, sha]]))
const modeOf = async (file: string) => (await stat(at(file))).mode & 0o777
beforeEach(async () => {
  on = await trial()
})
afterEach(() => on[Symbol.asyncDispose]())

describe('what edgelift has written is known by', () => {
  it('the last content and the one before it: a run that is cut off leaves either', async () => {
    for (const sha of ['one', 'two', 'three']) await remember(sha)
    expect(await writtenFiles(on.host)).toEqual({ '/etc/a': ['three', 'two'] })
  })

  it('the same two when the same is written again, for which the list is not', async () => {
    for (const sha of ['one', 'two']) await remember(sha)
    const { ino } = await stat(at(WRITTEN))
    await remember('two')
    expect(await writtenFiles(on.host)).toEqual({ '/etc/a': ['two', 'one'] })
    expect((await stat(at(WRITTEN))).ino).toBe(ino)
  })

  it('each file for itself, in a list that root alone reads', async () => {
    await remember('one')
    await remember('other', '/etc/b')
    expect(await writtenFiles(on.host)).toEqual({ '/etc/a': ['one'], '/etc/b': ['other'] })
    expect(await modeOf(WRITTEN)).toBe(0o600)
  })

  it('nothing more once edgelift itself has removed the file', async () => {
    await remember('one')
    await remember('other', '/etc/b')
    await forgetWritten(on.host, ['/etc/a', '/etc/none'])
    expect(await writtenFiles(on.host)).toEqual({ '/etc/b': ['other'] })
  })

  it('nothing where there is no list', async () => {
    expect(await writtenFiles(on.host)).toEqual({})
  })
})

describe('what somebody changed is kept before it is replaced', () => {
  it('a file with its content and mode, and it stays in its place until then', async () => {
    await on.put('/etc/a.conf', 'theirs', 0o640)
    const copy = await keepFile(on.host, '/etc/a.conf')
    expect([await on.text(copy), await modeOf(copy)]).toEqual(['theirs', 0o640])
    expect(await on.text('/etc/a.conf')).toBe('theirs')
  })

  it('a directory with all that is in it, which makes room', async () => {
    await on.put('/etc/a.conf/inner', 'theirs')
    const place = await moveAway(on.host, '/etc/a.conf')
    expect(await on.text(`${place}/inner`)).toBe('theirs')
    await expect(stat(at('/etc/a.conf'))).rejects.toThrow()
  })

  it('a text for root alone, in a folder for root alone', async () => {
    const copy = await keepText(on.host, 'values.json', '{}')
    expect([await on.text(copy), await modeOf(copy)]).toEqual(['{}', 0o600])
    expect(await modeOf(path.dirname(copy))).toBe(0o700)
  })

  it('by name and time, each for itself, also where the clock stands still', async () => {
    const host = { ...on.host, now: () => Date.UTC(2026, 10, 1) }
    await on.put('/etc/a', 'of /etc')
    await on.put('/srv/a/inner', 'of /srv')
    const copies = [
      await keepText(host, 'a', 'a text'),
      await keepFile(host, '/etc/a'),
      `${await moveAway(host, '/srv/a')}/inner`,
    ]
    expect(await Promise.all(copies.map(on.text))).toEqual(['a text', 'of /etc', 'of /srv'])
    expect(copies[0]).toBe('/var/lib/edgelift/replaced/20261101T000000.000Z-a')
  })
})

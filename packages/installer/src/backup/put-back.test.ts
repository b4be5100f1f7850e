import { chmod, copyFile, readdir, readlink, stat, symlink } from 'node:fs/promises'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Trial, trial } from '../testing/trial.ts'
import { checkCopy, layCopy, readCopy } from './copy.ts'
import { putBack } from './put-back.ts'
import type { CopyRecord } from './record.ts'

const FOLDER = '/var/lib/edgelift/copies/one'
const [CONFIG, PROGRAM, DATA] = ['/etc/kubeedge/a.yaml', '/usr/local/bin/a', '/var/lib/a/a.db']
const LINK = '/usr/local/bin/link'

let node: Trial
let record: CopyRecord
const at = (file: string) => path.join(node.root, file)
beforeEach(async () => {
  node = await trial()
  await node.put(CONFIG, 'config', 0o640)
  await node.put(PROGRAM, 'program', 0o755)
  await node.put(DATA, 'rows')
  await symlink('a', at(LINK))
  record = await lay()
})
afterEach(() => node[Symbol.asyncDispose]())

function lay(copyDatabase: (from: string, to: string) => Promise<void> = copyFile): Promise<CopyRecord> {
  return layCopy({
    host: node.host,
    head: {
      ...{ created: '2026-11-01T00:00:00.000Z', role: 'edge', bundle: 'b', lock: 'sha256:0' },
      ...{ edgelift: '0.1.0', directory: '/data/b', node: {} },
    },
    contents: { files: [CONFIG, LINK, '/etc/not-there'], replaced: [PROGRAM], databases: [DATA] },
    copyDatabase,
    folder: FOLDER,
  })
}
const back = () => putBack(node.host, FOLDER, record)
const texts = () => Promise.all([CONFIG, PROGRAM, DATA].map((file) => node.text(file)))
/** Names beside a file that a killed run left. */
const left = async (file: string) =>
  (await readdir(at(path.dirname(file)))).filter((name) => name.startsWith('.edgelift-'))

describe('putting a copy back', () => {
  it('restores content, mode, link and database, and leaves alone what is so already', async () => {
    await node.put(CONFIG, 'changed')
    await chmod(at(CONFIG), 0o600)
    await node.put(`${DATA}-wal`, 'log of another database')
    await node.put(DATA, 'other rows')
    await back()
    expect(await texts()).toEqual(['config', 'program', 'rows'])
    expect((await stat(at(CONFIG))).mode & 0o777).toBe(0o640)
    expect(await node.text(`${DATA}-wal`)).toBeUndefined()
    expect(await readlink(at(LINK))).toBe('a')
    const before = await stat(at(CONFIG))
    await back()
    expect((await stat(at(CONFIG))).ino).toBe(before.ino)
  })

  it('takes a file for another one when its mode alone differs', async () => {
    await chmod(at(CONFIG), 0o666)
    await back()
    expect((await stat(at(CONFIG))).mode & 0o777).toBe(0o640)
  })

  it('goes on after it was cut off: what a killed run left beside a file goes', async () => {
    await node.put('/etc/kubeedge/.edgelift-a.yaml-0123456789ab', 'half of')
    await node.put(CONFIG, 'changed')
    await back()
    expect(await left(CONFIG)).toEqual([])
    expect(await node.text(CONFIG)).toBe('config')
  })

  it('leaves a file whole, and nothing beside it, when its copy cannot be read', async () => {
    await node.put(CONFIG, 'changed')
    const broken = { ...record, files: record.files.map((one) => ({ ...one, name: `gone/${one.name}` })) }
    await expect(putBack(node.host, FOLDER, broken)).rejects.toMatchObject({ code: 'ENOENT' })
    expect(await node.text(CONFIG)).toBe('changed')
    for (const file of [CONFIG, PROGRAM, DATA]) expect(await left(file)).toEqual([])
  })

  it('writes nothing where the target says so, and elsewhere where it says that', async () => {
    await node.put(CONFIG, 'changed')
    await putBack(node.host, FOLDER, record, (place) => (place === CONFIG ? at('/new/a.yaml') : undefined))
    expect(await node.text(CONFIG)).toBe('changed')
    expect(await node.text('/new/a.yaml')).toBe('config')
  })
})

describe('a copy', () => {
  it('is none without its record, which comes last', async () => {
    await expect(lay(() => Promise.reject(new Error('SQLITE_BUSY')))).rejects.toThrow('SQLITE_BUSY')
    expect(await readCopy(node.host, FOLDER)).toBeUndefined()
  })

  it('leaves out what is not there, and holds a program as a second name of it', async () => {
    expect(record.files.map((one) => one.path).sort()).toEqual([CONFIG, PROGRAM, DATA].sort())
    expect(record.links).toEqual([{ path: LINK, to: 'a' }])
    expect((await stat(at(`${FOLDER}/files${PROGRAM}`))).ino).toBe((await stat(at(PROGRAM))).ino)
  })

  it.each([
    ['of another content', (file: string) => node.put(file, 'konfig')],
    ['that is longer', (file: string) => node.put(file, 'config and more')],
    ['that is a directory', (file: string) => node.put(`${file}.d/x`)],
  ])('is told from one with a file %s', async (name, damage) => {
    const file = `${FOLDER}/files${CONFIG}`
    const place = name.includes('directory') ? `${file}.d` : file
    await damage(file)
    const files = record.files.map((one) =>
      one.path === CONFIG ? { ...one, name: place.slice(FOLDER.length + 1) } : one,
    )
    await expect(checkCopy(node.host, FOLDER, { ...record, files })).rejects.toMatchObject({
      code: 'BACKUP_DAMAGED',
      what: { zh: expect.stringContaining(FOLDER) },
    })
    await checkCopy(node.host, FOLDER, { ...record, files: [] })
  })
})

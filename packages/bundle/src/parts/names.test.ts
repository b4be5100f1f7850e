import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { archiveName, MAX_PARTS, partName, partsAmong, partsList, partsListAt } from './names.ts'

it.each([
  ['a.tar.gz', 'a.tar.gz'],
  ['a.tar.gz.part001', 'a.tar.gz'],
  ['/in/a.tar.gz.part999', '/in/a.tar.gz'],
  ['a.tar.gz.parts.sha256', 'a.tar.gz'],
  ['a.tar.gz.parts.sha256.minisig', 'a.tar.gz'],
  ['a.tar.gz.part01', 'a.tar.gz.part01'],
  ['a.tar.gz.part0001', 'a.tar.gz.part0001'],
  ['a.tar.gz.part001.sha256', 'a.tar.gz.part001.sha256'],
  ['a.tar.gz.sha256', 'a.tar.gz.sha256'],
  ['a.tar.gz.part001.part002', 'a.tar.gz.part001'],
])('%s stands for %s', (where, archive) => {
  expect(archiveName(where)).toBe(archive)
})

it('gives parts names of one length, so that a sorted listing has their order', () => {
  const names = [1, 2, 10, 100, MAX_PARTS].map((number) => partName('a.tar.gz', number))
  expect(names).toEqual([
    'a.tar.gz.part001',
    'a.tar.gz.part002',
    'a.tar.gz.part010',
    'a.tar.gz.part100',
    'a.tar.gz.part999',
  ])
  expect([...names].sort()).toEqual(names)
})

it('finds the parts of one archive among the files of a folder', () => {
  const names = [
    'a.tar.gz.part002',
    'a.tar.gz',
    'b.tar.gz.part001',
    'aa.tar.gz.part001',
    'a.tar.gz.part1',
    'a.tar.gz.part000',
  ]
  expect(partsAmong(names, 'a.tar.gz')).toEqual([
    { name: 'a.tar.gz.part002', number: 2 },
    { name: 'a.tar.gz.part000', number: 0 },
  ])
})

describe('the list of the parts that a place stands for', () => {
  let archive: string
  beforeEach(async () => {
    archive = path.join(await mkdtemp(path.join(tmpdir(), 'edgelift-names-')), 'a.tar.gz')
  })
  afterEach(() => rm(path.dirname(archive), { recursive: true }))

  it('is that of a part or of the list, whether it is there or not', async () => {
    for (const where of [partName(archive, 3), partsList(archive), `${partsList(archive)}.minisig`])
      expect(await partsListAt(where)).toBe(partsList(archive))
  })

  it('is none for an archive that lies there whole, or not at all', async () => {
    expect(await partsListAt(archive)).toBeUndefined()
    await writeFile(partsList(archive), '')
    await writeFile(archive, '')
    expect(await partsListAt(archive)).toBeUndefined()
  })

  it('is that of an archive which lies there only in parts', async () => {
    await writeFile(partsList(archive), '')
    expect(await partsListAt(archive)).toBe(partsList(archive))
    await symlink('nowhere', archive)
    expect(await partsListAt(archive)).toBe(partsList(archive))
  })
})

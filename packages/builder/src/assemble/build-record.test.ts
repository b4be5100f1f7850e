import { execFileSync } from 'node:child_process'
import {
  copyFile,
  mkdir,
  mkdtemp,
  open,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  utimes,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { digestOf, hexOf } from '@edgelift/core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { archiveFileName } from '../plan/archive-plan.ts'
import { planArchives } from '../plan/plan-archives.ts'
import { sampleInstaller, sampleLock, sampleRelease } from '../testing/sample.ts'
import { findBuilt, type RecordPlace, recordBuilt } from './build-record.ts'

const [plan] = planArchives(
  { release: sampleRelease, lock: sampleLock, installer: sampleInstaller },
  { roles: ['cloud'], platforms: ['linux/amd64'] },
)
if (plan === undefined) throw new Error('the sample has no cloud archive')
const BYTES = Buffer.from('an archive')

let folder = ''
let file = ''
let place: RecordPlace
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'edgelift-record-'))
  file = path.join(folder, archiveFileName(plan))
  place = { store: folder, program: digestOf('program'), key: undefined, signedAt: undefined, rehash: false }
  await writeFile(file, BYTES)
  await recordBuilt(plan, { file, size: BYTES.length, sha256: hexOf(digestOf(BYTES)) }, place)
})
afterEach(() => rm(folder, { recursive: true }))

const found = (more: Partial<RecordPlace> = {}) => findBuilt(plan, folder, { ...place, ...more })

/** One byte changed, size and time of writing as before. */
async function damage(): Promise<void> {
  const { atime, mtime } = await stat(file)
  const handle = await open(file, 'r+')
  await handle.write('A', 0)
  await handle.close()
  await utimes(file, atime, mtime)
}

/** Makes the record name the file as it is now. */
async function forgeRecord(): Promise<void> {
  const [name = ''] = await readdir(path.join(folder, 'builds'))
  const record = path.join(folder, 'builds', name)
  const now = await stat(file, { bigint: true })
  const identity = [now.dev, now.ino, now.size, now.mtimeNs, now.ctimeNs].join(' ')
  await writeFile(record, JSON.stringify({ ...JSON.parse(await readFile(record, 'utf8')), file: identity }))
}

describe('an archive that a build has recorded', () => {
  it('is kept; with --rehash too', async () => {
    expect(await found()).toMatchObject({ file, size: BYTES.length })
    expect(await found({ rehash: true })).toMatchObject({ file, size: BYTES.length })
  })

  it('is not read where nothing has touched it: damage that the file system does not show needs --rehash', async () => {
    await damage()
    await forgeRecord()
    expect(await found()).toBeDefined()
    expect(await found({ rehash: true })).toBeUndefined()
  })

  it('is hashed and recorded again when it is another file with the same bytes', async () => {
    await copyFile(file, `${file}.copy`)
    await rename(`${file}.copy`, file)
    expect(await found()).toBeDefined()
    await damage()
    await forgeRecord()
    expect(await found()).toBeDefined()
  })

  it('is not kept when a byte was changed, its size and its time of writing restored', async () => {
    await damage()
    expect(await found()).toBeUndefined()
  })

  it('is not kept when it is cut or gone', async () => {
    await writeFile(file, BYTES.subarray(1))
    expect(await found()).toBeUndefined()
    await rm(file)
    expect(await found()).toBeUndefined()
  })
})

it.each<[string, (record: string) => Promise<unknown>]>([
  ['a directory', (record) => mkdir(record)],
  ['a pipe', async (record) => execFileSync('mkfifo', [record])],
])('%s at the place of the record is none, and is replaced', async (_name, lay) => {
  const [name = ''] = await readdir(path.join(folder, 'builds'))
  const record = path.join(folder, 'builds', name)
  await rm(record)
  await lay(record)
  expect(await found()).toBeUndefined()
  await recordBuilt(plan, { file, size: BYTES.length, sha256: hexOf(digestOf(BYTES)) }, place)
  expect(await found()).toBeDefined()
})

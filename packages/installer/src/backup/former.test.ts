import { copyFile, readdir, stat, symlink } from 'node:fs/promises'
import path from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { EDGE_DATABASE } from '../kubeedge/edge-database.ts'
import { COPIES } from '../state/copies.ts'
import { openHostChanges, receiptFor } from '../state/host-changes.ts'
import type { Receipt } from '../state/receipt.ts'
import { BASELINE, HEAD, type Trial, trial } from '../testing/trial.ts'
import { copyFormer, dropCopies } from './former.ts'
import { listCopies } from './list-copies.ts'

const PROGRAM = '/usr/local/bin/edgecore'
const CONFIG = '/etc/kubeedge/config/edgecore.yaml'
const UNIT = '/etc/systemd/system/edgecore.service'

let on: Trial
let receipt: Receipt
const at = (file: string) => path.join(on.root, file)
beforeEach(async () => {
  on = await trial()
  const changes = await openHostChanges(on.host, receiptFor(HEAD, undefined, BASELINE))
  const step = changes.of({ id: 'edge', title: { en: 'x', zh: 'x' } })
  for (const file of [PROGRAM, CONFIG, UNIT]) {
    await step.backup(file)
    await on.put(file, `content of ${file}`, 0o600)
  }
  await on.put(EDGE_DATABASE, 'a database')
  receipt = changes.receipt()
})
afterEach(() => on[Symbol.asyncDispose]())

const names = () => readdir(at(COPIES))

it('copies data and settings, and gives programs a second name instead: they are replaced by a rename', async () => {
  const former = await copyFormer(on.host, receipt, ['a:1'], copyFile)
  expect(former).toMatchObject({ bundle: HEAD.bundle, lock: HEAD.lock, images: ['a:1'] })
  const copy = (file: string) => at(`${former.copy}/files${file}`)
  expect((await stat(copy(PROGRAM))).ino).toBe((await stat(at(PROGRAM))).ino)
  for (const file of [CONFIG, UNIT, EDGE_DATABASE]) {
    expect((await stat(copy(file))).ino, file).not.toBe((await stat(at(file))).ino)
    expect((await stat(copy(file))).mode & 0o777).toBe(0o600)
  }
  const [listed] = await listCopies(on.host)
  expect(listed?.folder).toBe(former.copy)
  const files = listed?.record.files ?? []
  expect(files.find((one) => one.path === EDGE_DATABASE)).toMatchObject({ database: true })
  expect(files.find((one) => one.path === PROGRAM)?.sha256).toBeUndefined()
})

it('is no copy where it fails half way: none of it stays', async () => {
  const failing = () => Promise.reject(new Error('database is locked'))
  await expect(copyFormer(on.host, receipt, [], failing)).rejects.toThrow('database is locked')
  expect(await names()).toEqual([])
})

it('takes away what killed runs left, and never the copy of the release before', async () => {
  const first = await copyFormer(on.host, receipt, [], copyFile)
  await on.put(`${COPIES}/20260101T000000Z-cut-off/files/etc/x`, 'half')
  const second = await copyFormer(on.host, { ...receipt, bundle: 'another', former: first }, [], copyFile)
  expect((await names()).sort()).toEqual([first.copy, second.copy].map((copy) => path.basename(copy)).sort())
})

it('keeps links as links', async () => {
  await symlink('/data/secret', at('/etc/kubeedge/link'))
  await copyFormer(on.host, receipt, [], copyFile)
  const [listed] = await listCopies(on.host)
  expect(listed?.record.links).toEqual([{ path: '/etc/kubeedge/link', to: '/data/secret' }])
})

it('drops all but one, and the folder with the last', async () => {
  await on.put(`${COPIES}/a/copy.json`)
  await on.put(`${COPIES}/b/copy.json`)
  await dropCopies(on.host, `${COPIES}/b`)
  expect(await names()).toEqual(['b'])
  await dropCopies(on.host, undefined)
  await expect(names()).rejects.toMatchObject({ code: 'ENOENT' })
  await dropCopies(on.host, undefined)
})

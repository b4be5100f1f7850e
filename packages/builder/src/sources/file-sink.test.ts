import { mkdtemp, readFile, rm, symlink } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { Readable } from 'node:stream'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { fileSink } from './file-sink.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'file-sink-'))
})
afterEach(() => rm(folder, { recursive: true }))

it('appends where it is told, and begins again', async () => {
  const sink = fileSink(path.join(folder, 'content'))
  expect(await sink.offset()).toBe(0)
  await sink.append(0, Readable.from([Buffer.from('12345')]))
  await sink.append(3, Readable.from([Buffer.from('xyz')]))
  expect([await sink.offset(), await readFile(path.join(folder, 'content'), 'utf8')]).toEqual([6, '123xyz'])
  await sink.reset()
  expect(await sink.offset()).toBe(0)
})

it('names the file when the disk is full', async () => {
  const file = path.join(folder, 'content')
  await symlink('/dev/full', file)
  const writing = fileSink(file).append(0, Readable.from([Buffer.from('1')]))
  await expect(writing).rejects.toMatchObject({ code: 'ENOSPC', path: file })
})

it('passes on what the source fails with, untouched', async () => {
  const cut = Object.assign(new Error('reset'), { code: 'EIO', syscall: 'read' })
  const source = new Readable({ read: () => source.destroy(cut) })
  const writing = fileSink(path.join(folder, 'content')).append(0, source)
  await expect(writing).rejects.toBe(cut)
  expect(cut).not.toHaveProperty('path')
})

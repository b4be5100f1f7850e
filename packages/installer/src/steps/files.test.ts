import { createHash } from 'node:crypto'
import { chmod, chown, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { BundleManifest } from '@edgelift/bundle'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { apply, check, type Trial, trial, undo } from '../testing/trial.ts'
import { files } from './files.ts'

let on: Trial
const PROGRAM = Buffer.from('#!/bin/true')
const integrity = `sha256-${createHash('sha256').update(PROGRAM).digest('base64')}`
const manifest = {
  files: [{ path: 'program', integrity, size: PROGRAM.length }],
} as unknown as Partial<BundleManifest>
const title = { en: 'x', zh: 'x' }
const step = files({
  id: 'files',
  title,
  packed: [{ from: 'program', to: '/usr/local/bin/program', mode: 0o755 }],
  generated: [{ to: '/etc/x.conf', content: 'ours\n', mode: 0o600 }],
  trees: [{ path: '/var/lib/x', keep: ['data'] }],
  folders: ['/run/x'],
})

beforeEach(async () => {
  on = await trial()
  await on.put('/data/archive/program', PROGRAM.toString())
})
afterEach(() => on[Symbol.asyncDispose]())
const at = (file: string) => path.join(on.root, file)

it('writes files with their modes, is then so already, and takes them back', async () => {
  const run = await on.run(manifest)
  expect(await check(run, step)).toBe(false)
  await apply(run, step)
  expect(await check(run, step)).toBe(true)
  expect((await stat(at('/usr/local/bin/program'))).mode & 0o7777).toBe(0o755)
  expect((await stat(at('/etc/x.conf'))).mode & 0o7777).toBe(0o600)
  await undo(run)
  for (const place of ['/usr', '/etc', '/var/lib/x'])
    await expect(stat(at(place))).rejects.toMatchObject({ code: 'ENOENT' })
  await undo(run)
})

it('keeps what the host had, over several runs, and puts it back with its mode', async () => {
  await on.put('/etc/x.conf', 'theirs')
  await chmod(at('/etc/x.conf'), 0o640)
  const run = await on.run(manifest)
  await apply(run, step)
  await rm(at('/etc/x.conf'))
  await apply(run, step)
  expect(await on.text('/etc/x.conf')).toBe('ours\n')
  await undo(run)
  expect(await on.text('/etc/x.conf')).toBe('theirs')
  expect((await stat(at('/etc/x.conf'))).mode & 0o7777).toBe(0o640)
})

it('sees a changed content and a changed mode, and restores both', async () => {
  const run = await on.run(manifest)
  await apply(run, step)
  await chmod(at('/etc/x.conf'), 0o644)
  expect(await check(run, step)).toBe(false)
  await writeFile(at('/usr/local/bin/program'), '#!/bin/false')
  await apply(run, step)
  expect(await check(run, step)).toBe(true)
})

it('goes on after it was cut off half way', async () => {
  const run = await on.run(manifest)
  await mkdir(at('/etc/x.conf'), { recursive: true }) // nothing can be written there
  await expect(apply(run, step)).rejects.toThrow()
  expect(await readFile(at('/usr/local/bin/program'))).toEqual(PROGRAM)
  await rm(at('/etc/x.conf'), { recursive: true })
  await apply(run, step)
  expect(await check(run, step)).toBe(true)
})

it('calls nothing deleted that an installation which was cut off never brought', async () => {
  const run = await on.run(manifest, { complete: false })
  await apply(run, step)
  await rm(at('/usr/local/bin/program')) // a run that is killed remembers what it is about to write
  await apply(run, step)
  expect(on.events.filter(({ type }) => type === 'note')).toEqual([])
})

it('copies nothing whose bytes are not those of the manifest', async () => {
  await on.put('/data/archive/program', '#!/bin/evil')
  await expect(apply(await on.run(manifest), step)).rejects.toMatchObject({ code: 'DIGEST_MISMATCH' })
  await expect(stat(at('/usr/local/bin/program'))).rejects.toMatchObject({ code: 'ENOENT' })
})

it('names each file that somebody changed or deleted, restores it, and keeps the changed configuration', async () => {
  const run = await on.run(manifest)
  await apply(run, step)
  expect(await step.kind.drift?.(run, step.inputs as never)).toEqual([])
  await on.put('/etc/x.conf', 'by hand\n')
  await rm(at('/usr/local/bin/program'))
  expect(await step.kind.drift?.(run, step.inputs as never)).toEqual([
    { kind: 'file', place: '/etc/x.conf', state: 'changed', fields: ['content'] },
    { kind: 'file', place: '/usr/local/bin/program', state: 'missing', fields: [] },
  ])
  on.events.length = 0
  await apply(run, step)
  const said = on.events.flatMap((event) => (event.type === 'note' ? event.text.en : []))
  expect(said).toEqual([
    '/usr/local/bin/program was deleted: it is restored',
    expect.stringMatching(
      /^\/etc\/x\.conf was changed by hand: it is restored; the changed file is kept as \/var\/lib\/edgelift\/replaced\//,
    ),
  ])
  const copy = said[1]?.split(' kept as ')[1] ?? ''
  expect(await on.text(copy)).toBe('by hand\n')
  expect(await step.kind.drift?.(run, step.inputs as never)).toEqual([])
})

it('takes no content of an older archive for a change by hand', async () => {
  const run = await on.run(manifest)
  const older = files({
    id: 'files',
    title,
    packed: [],
    generated: [{ to: '/etc/x.conf', content: 'older\n', mode: 0o600 }],
  })
  await apply(run, older)
  on.events.length = 0
  await apply(run, step)
  expect(on.events.filter(({ type }) => type === 'note')).toEqual([])
})

it('restores a file of which a directory took the place, and keeps that; at the first time it refuses by name', async () => {
  const run = await on.run(manifest)
  await on.put('/usr/local/bin/program/theirs', 'x')
  await expect(apply(run, step)).rejects.toMatchObject({
    code: 'FILE_NOT_REGULAR',
    what: { zh: expect.stringContaining('/usr/local/bin/program') },
  })
  await rm(at('/usr/local/bin/program'), { recursive: true })
  await apply(run, step)
  for (const file of ['/usr/local/bin/program', '/etc/x.conf']) {
    await rm(at(file))
    await on.put(`${file}/theirs`, 'x')
  }
  expect(await check(run, step)).toBe(false)
  await apply(run, step)
  expect(await check(run, step)).toBe(true)
  const kept = await readdir(at('/var/lib/edgelift/replaced'))
  expect(kept.map((name) => name.replace(/^[^-]*-/, '')).toSorted()).toEqual(['program', 'x.conf'])
})

it('takes back a file that somebody else owns by now', async () => {
  const run = await on.run(manifest)
  await apply(run, step)
  if (process.geteuid?.() === 0) await chown(at('/etc/x.conf'), 12345, 0)
  else vi.spyOn(process, 'geteuid').mockReturnValue(12345)
  expect((await step.kind.drift?.(run, step.inputs as never))?.[0]).toMatchObject({
    place: '/etc/x.conf',
    fields: ['owner'],
  })
  vi.restoreAllMocks()
  await apply(run, step)
  expect(await check(run, step)).toBe(true)
})

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { digestOf, silent } from '@edgelift/core'
import { type CommandContext, paintFor } from '@edgelift/core/cli'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { writeLock } from '../../lock/lock-file.ts'
import type { Lock } from '../../lock/schema.ts'
import { sealOf } from '../../lock/seal.ts'
import { sampleLock } from '../../testing/sample.ts'
import { diffCommand } from './diff.ts'

const plain = paintFor({ write: () => {} }, {})

let folder: string
const at = (name: string): string => path.join(folder, name)
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'edgelift-diff-'))
  await lay('old.lock.json', sampleLock)
  await lay('new.lock.json', {
    ...sampleLock,
    release: { ...sampleLock.release, version: '2.0.0' },
    downloads: sampleLock.downloads.map((one) =>
      one.name === 'files.k3s'
        ? {
            ...one,
            digest: digestOf('other'),
            parts: one.parts.map((part) => ({ ...part, digest: digestOf('other') })),
          }
        : one,
    ),
  })
})
afterEach(() => rm(folder, { recursive: true }))

const lay = (name: string, lock: Lock) => writeLock(at(name), { ...lock, seal: sealOf(lock) })
const context = { lang: 'en', report: silent } as unknown as CommandContext
const diff = (to: string, more: Record<string, unknown> = {}) =>
  diffCommand({ from: at('old.lock.json'), to: at(to), ...more }, context)

it('names what changed, and ends with 0', async () => {
  const { exit, document, text } = await diff('new.lock.json')
  expect(exit).toBe(0)
  expect(document).toMatchObject({ isEmpty: false })
  expect(document).not.toHaveProperty('report')
  expect(text('en', plain)).toContain('k3s-amd64')
})

it.each([
  ['new.lock.json', 1],
  ['old.lock.json', 0],
])('with --exit-code, ends by whether anything changed: %s', async (to, exit) => {
  expect(await diff(to, { 'exit-code': true })).toMatchObject({ exit, document: { isEmpty: exit === 0 } })
})

it('writes the report and says where, in both languages', async () => {
  const report = at('report.html')
  const { document, text } = await diff('new.lock.json', { report })
  expect(document).toMatchObject({ report })
  expect(await readFile(report, 'utf8')).toContain('k3s-amd64')
  for (const lang of ['en', 'zh'] as const)
    expect(text(lang, plain).split('\n').at(-1)).toMatch(new RegExp(`.${report}$`))
})

it('writes no report over what it compares', async () => {
  const before = await readFile(at('old.lock.json'))
  await expect(diff('new.lock.json', { report: at('old.lock.json') })).rejects.toMatchObject({
    code: 'OUTPUT_IS_INPUT',
  })
  expect(await readFile(at('old.lock.json'))).toEqual(before)
})

it.each([
  'a.tar.gz.sha256',
  'a.tar.gz.minisig',
  'a.tar.gz.part002',
  'a.tar.gz.parts.sha256',
  'a.tar.gz.parts.sha256.minisig',
])('nor over what lies beside an archive, or over another part of it: %s', async (name) => {
  for (const part of ['a.tar.gz.part001', name]) await writeFile(at(part), 'kept')
  for (const to of ['a.tar.gz', 'a.tar.gz.part001'])
    await expect(diff(to, { report: at(name) })).rejects.toMatchObject({ code: 'OUTPUT_IS_INPUT' })
  expect(await readFile(at(name), 'utf8')).toBe('kept')
})

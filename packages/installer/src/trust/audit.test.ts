import { appendFile, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import {
  type BundleManifest,
  formatManifest,
  formatSums,
  newKey,
  PATHS,
  signHash,
  signingHash,
} from '@edgelift/bundle'
import { digestOf, hexOf, silent, type WorkEvent } from '@edgelift/core'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { Host } from '../node/host.ts'
import { type AuditRequest, auditDirectory } from './audit.ts'

const FILES = { 'README.txt': 'read me', 'install.yaml': '# settings\n', tool: 'a program' }
const [ours, others] = [newKey(), newKey()]

let directory: string
let manifest: BundleManifest
let sums: string
beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'edgelift-audit-'))
  manifest = {
    ...{ format: 'edgelift/bundle/v1', name: 'a', role: 'edge', platform: 'linux/amd64' },
    ...{ release: { name: 'a', version: '1' }, lock: digestOf('lock'), edgelift: '1', versions: {} },
    packed: { size: 0, sha256: '0'.repeat(64) },
    files: Object.entries(FILES).map(([name, text]) => ({
      path: name,
      size: text.length,
      mode: '0644',
      integrity: `sha256-${Buffer.from(hexOf(digestOf(text)), 'hex').toString('base64')}`,
      origin: { kind: 'edgelift', version: '1' },
      neededBy: [],
    })),
    ...{ images: [], charts: [], options: [], placeholders: [] },
    settings: { sandboxImage: 'x', testImage: 'x', k3sDisable: [] },
  }
  const laid = new Map<string, string>([
    ...Object.entries(FILES),
    [PATHS.manifest, formatManifest(manifest).toString()],
  ])
  sums = formatSums(new Map([...laid].map(([name, text]) => [name, hexOf(digestOf(text))])))
  for (const [name, text] of [...laid, [PATHS.sums, sums] as const])
    await writeFile(path.join(directory, name), text, { mode: 0o644 })
})
afterEach(() => rm(directory, { recursive: true }))

const audit = (changed: Partial<AuditRequest> = {}) =>
  auditDirectory({
    host: { root: path.join(directory, 'no-root') } as Host,
    directory,
    manifest,
    publicKey: undefined,
    files: [],
    report: silent,
    ...changed,
  })
const sign = (key: Parameters<typeof signHash>[1]) =>
  writeFile(path.join(directory, PATHS.signature), signHash(signingHash().update(sums).digest(), key, 'c'))

it('lets a directory pass that is as it was packed, with settings edited, and tells how far it is', async () => {
  await appendFile(path.join(directory, 'install.yaml'), 'nodeName: a\n')
  const events: WorkEvent[] = []
  await audit({ report: (event) => void events.push(event) })
  expect(events.at(0)).toMatchObject({ type: 'phase', id: 'audit' })
  expect(events.some(({ type }) => type === 'transfer')).toBe(true)
})

it('refuses a file that was changed, with exit code 4', async () => {
  await writeFile(path.join(directory, 'tool'), 'b program')
  await expect(audit()).rejects.toMatchObject({ exit: 4, what: { en: expect.stringContaining('tool') } })
})

it('names every file that is not as it was packed', async () => {
  await writeFile(path.join(directory, 'tool'), 'b program')
  await writeFile(path.join(directory, 'README.txt'), 'do not')
  const error = await audit().catch((caught: Error) => caught)
  const words = JSON.stringify(error)
  for (const name of ['tool', 'README.txt']) expect(words).toContain(name)
  expect(error).toMatchObject({ exit: 4, because: { en: expect.any(String) } })
})

it('takes the operator’s own files in the directory, and no others', async () => {
  const own = path.join(directory, 'site.yaml')
  await writeFile(own, 'nodeName: a\n')
  await audit({ files: [own, '/etc/elsewhere'] })
  await expect(audit()).rejects.toMatchObject({ exit: 4, what: { en: expect.stringContaining('site.yaml') } })
})

it('takes them also where the operator came to the directory through a link', async () => {
  await writeFile(path.join(directory, '..site.yaml'), 'nodeName: a\n')
  const link = `${directory}-link`
  await symlink(directory, link)
  try {
    await audit({ files: [path.join(link, '..site.yaml')] })
    await audit({ directory: link, files: [path.join(directory, '..site.yaml')] })
  } finally {
    await rm(link)
  }
})

it('refuses a manifest that is another one than the plan was made from', async () => {
  await expect(audit({ manifest: { ...manifest, name: 'b' } })).rejects.toMatchObject({
    code: 'DIRECTORY_UNSAFE',
    what: { en: expect.stringContaining('changed while it was being verified') },
  })
})

it('asks for the signature of the key that was given', async () => {
  await expect(audit({ publicKey: ours })).rejects.toMatchObject({ exit: 4 })
  await sign(others)
  await expect(audit({ publicKey: ours })).rejects.toMatchObject({ exit: 4 })
  await sign(ours)
  await audit({ publicKey: ours })
})

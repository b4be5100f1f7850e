import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { type BundleManifest, formatManifest, formatSums, PATHS } from '@edgelift/bundle'
import { digestOf, hexOf, silent } from '@edgelift/core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { olderArchives } from '../delta/older.ts'
import { readSubject } from '../diff/subject.ts'
import { soundManifest } from './inspection.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'edgelift-inspection-'))
})
afterEach(() => rm(folder, { recursive: true }))

/** An unpacked archive that holds one file. */
async function unpacked(name: string): Promise<string> {
  const tool = 'a tool'
  const manifest: BundleManifest = {
    ...{ format: 'edgelift/bundle/v1', name: 'a', role: 'edge', platform: 'linux/amd64' },
    ...{ release: { name: 'a', version: '1' }, lock: digestOf('lock'), edgelift: '1', versions: {} },
    packed: { size: 0, sha256: '0'.repeat(64) },
    files: [
      {
        ...{ path: 'tool', size: tool.length, mode: '0644' },
        integrity: `sha256-${Buffer.from(hexOf(digestOf(tool)), 'hex').toString('base64')}`,
        ...{ origin: { kind: 'edgelift', version: '1' }, neededBy: [] },
      },
    ],
    ...{ images: [], charts: [], options: [], placeholders: [] },
    settings: { sandboxImage: 'x', testImage: 'x', k3sDisable: [] },
  }
  const files = new Map([
    ['tool', tool],
    [PATHS.manifest, formatManifest(manifest).toString()],
  ])
  files.set(PATHS.sums, formatSums(new Map([...files].map(([file, text]) => [file, hexOf(digestOf(text))]))))
  await mkdir(path.join(folder, name))
  for (const [file, text] of files) await writeFile(path.join(folder, name, file), text)
  return path.join(folder, name)
}

describe('of several archives that a command reads', () => {
  it('a sound one has a manifest', async () => {
    expect(await soundManifest(await unpacked('sound'), {})).toMatchObject({ name: 'a' })
  })

  it.each<[string, (where: string) => Promise<unknown>]>([
    ['diff', (where) => readSubject(where)],
    ['build --since', (where) => olderArchives(where, silent)],
  ])('a damaged one is named, with the file: %s', async (_command, read) => {
    const where = await unpacked('damaged')
    await writeFile(path.join(where, 'tool'), 'b tool')
    await expect(read(where)).rejects.toMatchObject({
      ...{
        code: 'FILE_DAMAGED',
        exit: 4,
        because: { en: expect.any(String) },
        fix: { en: expect.any(String) },
      },
      what: {
        en: expect.stringMatching(`^${where}: tool: `),
        zh: expect.stringMatching(`^${where}：tool`),
      },
    })
  })
})

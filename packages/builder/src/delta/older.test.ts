import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { type BundleManifest, formatManifest } from '@edgelift/bundle'
import { digestOf, hexOf, silent } from '@edgelift/core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { writeLock } from '../lock/lock-file.ts'
import { sealOf } from '../lock/seal.ts'
import { sampleLock } from '../testing/sample.ts'
import { olderArchives } from './older.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'edgelift-older-'))
})
afterEach(() => rm(folder, { recursive: true }))

describe('a lock as the older archive', () => {
  const older = async () => {
    const file = path.join(folder, 'site.lock.json')
    await writeLock(file, { ...sampleLock, seal: sealOf(sampleLock) })
    return olderArchives(file, silent)
  }

  it('has for each role the files and blobs of that role alone', async () => {
    const { find } = await older()
    const [cloud, edge] = (['cloud', 'edge'] as const).map((role) => find(role, 'linux/amd64')?.contents)
    const inBoth = ['ctr', 'node', 'agent layer', 'common layer']
    for (const name of inBoth) {
      expect(cloud).toContain(hexOf(digestOf(name)))
      expect(edge).toContain(hexOf(digestOf(name)))
    }
    expect([...(cloud ?? [])]).toEqual(expect.arrayContaining([hexOf(digestOf('k3s'))]))
    expect(edge).not.toContain(hexOf(digestOf('k3s')))
    expect(edge).toContain(hexOf(digestOf('mosquitto layer')))
    expect(cloud).not.toContain(hexOf(digestOf('mosquitto layer')))
  })

  it('has no blob of an image that is only read, and nothing of another platform', async () => {
    const { find } = await older()
    expect(find('cloud', 'linux/amd64')?.contents).not.toContain(hexOf(digestOf('node layer')))
    const arm = find('cloud', 'linux/arm64')?.contents
    expect([...(arm ?? [])]).toEqual([hexOf(digestOf('edgemesh.tgz'))])
  })
})

describe('what --since cannot use', () => {
  const at = (name: string): string => path.join(folder, name)
  it.each([
    ['nothing', 'gone.tar.gz', () => {}, 'NOT_A_BUNDLE', /no such file/],
    ['no document', 'gone.json', () => {}, 'OLDER_ARCHIVE_MISSING', /no such file/],
    ['a directory', 'folder', () => mkdir(at('folder')), 'NOT_A_BUNDLE', /no manifest\.json/],
    ['a directory called .json', 'a.json', () => mkdir(at('a.json')), 'OLDER_ARCHIVE_MISSING', /a directory/],
    ['a pipe', 'pipe', () => execFileSync('mkfifo', [at('pipe')]), 'FILE_NOT_REGULAR', /named pipe/],
    ['an empty file', 'a.tar.gz', () => writeFile(at('a.tar.gz'), ''), 'NOT_A_BUNDLE', /does not begin/],
    ['an empty document', 'a.json', () => writeFile(at('a.json'), ''), 'OLDER_ARCHIVE_MISSING', /is empty/],
    ['another document', 'a.json', () => writeFile(at('a.json'), '{}'), 'OLDER_ARCHIVE_MISSING', /neither a/],
  ])('is %s: the error says why, and names all that it can be', async (_what, name, lay, code, because) => {
    await lay()
    await expect(olderArchives(at(name), silent)).rejects.toMatchObject({
      ...{ code, exit: name === 'pipe' ? 1 : 2, what: { en: expect.stringContaining(at(name)) } },
      because: { en: expect.stringMatching(because) },
      fix: {
        en: expect.stringMatching(/\.tar\.gz.* parts.* directory.* manifest\.json.* \.lock\.json/),
        zh: expect.stringMatching(/\.tar\.gz.*分卷.*目录.*manifest\.json.*\.lock\.json/),
      },
    })
  })

  it('is a damaged manifest, which is told as such', async () => {
    await writeFile(at('manifest.json'), '{"format":"edgelift/bundle/v1"}')
    await expect(olderArchives(at('manifest.json'), silent)).rejects.toMatchObject({
      code: 'MANIFEST_INVALID',
    })
  })
})

it('a manifest knows its own role and platform alone', async () => {
  const manifest: BundleManifest = {
    ...{ format: 'edgelift/bundle/v1', name: 'site-edge', role: 'edge', platform: 'linux/arm64' },
    ...{ release: { name: 'site', version: '1' }, lock: 'sha256:0', edgelift: '0', versions: {} },
    ...{ packed: { size: 0, sha256: '0'.repeat(64) }, files: [], images: [], charts: [], options: [] },
    ...{ settings: { sandboxImage: '', testImage: '', k3sDisable: [] }, placeholders: [] },
  }
  await writeFile(path.join(folder, 'manifest.json'), formatManifest(manifest))
  const older = await olderArchives(path.join(folder, 'manifest.json'), silent)
  expect(older).toMatchObject({
    release: { name: 'site', version: '1' },
    only: { role: 'edge', platform: 'linux/arm64' },
  })
  expect(older.find('edge', 'linux/arm64')).toMatchObject({ name: 'site', version: '1' })
  expect([older.find('cloud', 'linux/arm64'), older.find('edge', 'linux/amd64')]).toEqual([
    undefined,
    undefined,
  ])
})

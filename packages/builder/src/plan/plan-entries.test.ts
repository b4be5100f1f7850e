import { digestOf } from '@edgelift/core'
import { describe, expect, it } from 'vitest'
import type { LockedImage } from '../lock/schema.ts'
import { sampleInstaller, sampleLock } from '../testing/sample.ts'
import { blobsOf, contentSize } from './archive-plan.ts'
import {
  downloadEntries,
  imageEntry,
  imageFileEntries,
  installerEntries,
  licenseEntries,
} from './plan-entries.ts'

describe('the entries of downloads', () => {
  it('are those of the role and the platform, with where they came from', () => {
    const paths = (role: 'cloud' | 'edge', platform: 'linux/amd64' | 'linux/arm64') =>
      downloadEntries(sampleLock, role, platform).map((entry) => entry.path)
    expect(paths('cloud', 'linux/amd64')).toEqual(['k3s-amd64', 'bin/ctr', 'helm-charts/edgemesh.tgz'])
    expect(paths('edge', 'linux/amd64')).toEqual(['bin/ctr'])
    expect(paths('cloud', 'linux/arm64')).toEqual(['helm-charts/edgemesh.tgz'])
    const [k3s, ctr] = downloadEntries(sampleLock, 'cloud', 'linux/amd64')
    expect(k3s?.origin).toEqual({
      kind: 'url',
      url: 'https://files.example/v1.34.2%2Bk3s1/k3s-amd64',
      trust: 'upstream-checksum',
      checksumUrl: 'https://files.example/v1.34.2%2Bk3s1/sha256sum-amd64.txt',
    })
    expect(ctr?.origin).toMatchObject({ member: './ctr', trust: 'first-use' })
  })

  it.each([
    ['a.tgz', false],
    ['a.tar.gz', false],
    ['a.zst', false],
    ['a.zip', false],
    ['a.gz.txt', true],
    ['k3s', true],
    ['tgz', true],
  ])('are deflated by their names: %s is %s', (path, compress) => {
    const [download] = sampleLock.downloads
    if (download === undefined) throw new Error('the sample has downloads')
    const lock = {
      ...sampleLock,
      downloads: [{ ...download, parts: download.parts.map((part) => ({ ...part, path })) }],
    }
    expect(downloadEntries(lock, 'cloud', 'linux/amd64')[0]?.compress).toBe(compress)
  })
})

describe('the entries of images', () => {
  const [agent, , node] = sampleLock.images as [LockedImage, LockedImage, LockedImage]

  it('are tarballs that are not deflated where all of their layers are', () => {
    const plain = {
      ...agent,
      layers: agent.layers.map((layer, index) =>
        index === 0 ? { ...layer, mediaType: 'application/vnd.oci.image.layer.v1.tar' } : layer,
      ),
    }
    expect([imageEntry(agent, 'cloud').compress, imageEntry(plain, 'cloud').compress]).toEqual([false, true])
    const docker = {
      ...agent,
      layers: agent.layers.map((layer) => ({
        ...layer,
        mediaType: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
      })),
    }
    expect(imageEntry(docker, 'cloud').compress).toBe(false)
    expect(imageEntry(agent, 'cloud')).toMatchObject({
      path: 'images/docker.io-kubeedge-edgemesh-agent-v1.17.0.tar',
      mode: '0644',
    })
  })

  it('name who requires them on that role, without the role', () => {
    expect(imageEntry(agent, 'cloud').neededBy).toMatchObject([
      { kind: 'chart', when: { option: 'edgemesh' } },
    ])
    expect(imageEntry(agent, 'edge').neededBy[0]).not.toHaveProperty('when')
    expect(imageEntry(agent, 'edge').neededBy[0]).not.toHaveProperty('role')
  })

  it('have the size of their blobs, each once', () => {
    const twice = { ...agent, layers: [...agent.layers, ...agent.layers] }
    expect(blobsOf(twice)).toHaveLength(4)
    expect(contentSize({ kind: 'image', image: twice })).toBe(500 + 900 + 30_000 + 10_000)
  })

  it('and files that are taken out of them, for their roles and platform', () => {
    expect(imageFileEntries(sampleLock, 'edge', 'linux/amd64')).toMatchObject([
      {
        path: 'runtime/node',
        mode: '0755',
        compress: true,
        origin: {
          kind: 'image-file',
          reference: node.reference,
          digest: node.manifest.digest,
          member: '/usr/local/bin/node',
        },
        neededBy: [{ kind: 'installer', name: 'edge', detail: 'imageFiles.runtime' }],
        content: { kind: 'blob', digest: digestOf('node'), size: 120_000 },
      },
    ])
    expect(imageFileEntries(sampleLock, 'edge', 'linux/arm64')).toEqual([])
  })
})

describe('what edgelift brings itself', () => {
  const files = new Map([
    ...sampleInstaller,
    ['licenses/MIT.txt', Buffer.from('MIT')],
    ['licenses/Zlib.txt', Buffer.from('Zlib')],
  ])

  it('can be run where it is a launcher, and is for the cloud alone where it is its own', () => {
    const modes = installerEntries(files, 'cloud').map(({ path, mode }) => `${mode} ${path}`)
    expect(modes).toEqual([
      '0644 installer.mjs',
      '0755 edgelift',
      '0755 install.sh',
      '0755 install-kubeedge-only.sh',
      '0755 cleanup.sh',
      '0644 docs/en/operator.md',
    ])
    expect(installerEntries(files, 'edge').map(({ path }) => path)).not.toContain('install-kubeedge-only.sh')
  })

  it('has the texts of the licences that are named, as far as there are any', () => {
    expect(licenseEntries(files, new Set(['MIT', 'EPL-2.0'])).map(({ path }) => path)).toEqual([
      'licenses/MIT.txt',
    ])
    expect(licenseEntries(files, new Set())).toEqual([])
  })
})

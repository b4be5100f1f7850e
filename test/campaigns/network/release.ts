import { createHash } from 'node:crypto'
import path from 'node:path'
import { Release } from '@edgelift/builder'
import { digestOf, hexOf } from '@edgelift/core'
import { noise, type SmallRelease, smallRelease } from '../../support/building/small-release.ts'
import type { UpstreamContent } from '../../support/upstream/content.ts'

export interface CampaignRelease {
  readonly built: SmallRelease
  /** Of a release that is locked: one download for each way in which a download can be trusted. */
  readonly locked: Release
  readonly content: UpstreamContent
}

/** What every release needs besides, all from one small file. */
const LIBRARIES = [
  ...['ld-linux-x86-64.so.2', 'libc.so.6', 'libm.so.6', 'libdl.so.2', 'libpthread.so.0', 'libstdc++.so.6'],
  'libgcc_s.so.1',
].map((name) => `runtime/${name}`)
const OF_EDGE = [
  ...['bin/containerd-shim-runc-v2', 'runc', 'bin/ctr'],
  ...['bridge', 'host-local', 'loopback', 'portmap'].map((name) => `cni/bin/${name}`),
]
const AGENT = 'docker.io/kubeedge/agent:v1'
const HOST = 'https://files.example'
const EDGE = ['edge']
const BOTH = ['cloud', 'edge']

export async function campaignRelease(folder: string): Promise<CampaignRelease> {
  const built = await smallRelease({ folder, light: true })
  const bytes = noise('checked', 120_000)
  const sum = (algorithm: string, name: string): Buffer =>
    Buffer.from(`${createHash(algorithm).update(bytes).digest('hex')}  ${name}\n`)
  const file = (name: string, content: Uint8Array, etag?: string) => ({
    url: `${HOST}/${name}`,
    content: { bytes: content },
    ...(etag === undefined ? {} : { etag }),
  })
  const content: UpstreamContent = {
    images: built.content.images,
    files: [
      ...built.content.files,
      file('checked', bytes),
      file('checked.sha256', sum('sha256', 'checked')),
      file('checked-512', bytes, 'one'),
      file('checked.sha512', sum('sha512', 'checked-512')),
      file('small', Buffer.from('small')),
      file('small.sha256', Buffer.from(hexOf(digestOf('small')))),
      file('images.txt', Buffer.from('docker.io/library/cloud:v1\n')),
      file('first-use', noise('first use', 80_000), 'two'),
      file('first-use-untagged', noise('untagged', 40_000)),
    ],
  }
  const part = (roles: readonly string[], place: string, name: string, checksum?: string) => ({
    roles,
    path: place,
    url: `${HOST}/${name}`,
    ...(checksum === undefined ? {} : { checksum: { url: `${HOST}/${checksum}` } }),
  })
  const small = Object.fromEntries(
    [...LIBRARIES, ...OF_EDGE].map((place, index) => [
      `small${index}`,
      part(LIBRARIES.includes(place) ? BOTH : EDGE, place, 'small', 'small.sha256'),
    ]),
  )
  const locked = Release.parse({
    format: 'edgelift/release/v1',
    name: 'campaign',
    version: '1.0.0',
    platforms: ['linux/amd64'],
    versions: {},
    archives: { cloud: 'cloud', edge: 'edge' },
    files: {
      sum: part(['cloud'], 'k3s-amd64', 'checked', 'checked.sha256'),
      sum512: part(EDGE, 'edgecore', 'checked-512', 'checked.sha512'),
      tagged: part(EDGE, 'bin/containerd', 'first-use'),
      ...small,
      untagged: part(BOTH, 'runtime/node', 'first-use-untagged'),
    },
    imageLists: { k3s: { roles: ['cloud'], url: `${HOST}/images.txt` } },
    settings: { sandboxImage: { cloud: AGENT, edge: AGENT } },
    images: {
      agent: { reference: AGENT, roles: BOTH },
      cloud: { reference: 'docker.io/library/cloud:v1', roles: ['cloud'] },
    },
  })
  return { built, locked, content }
}

export const releaseFolder = (folder: string): string => path.join(folder, 'release')

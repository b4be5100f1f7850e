import { createCipheriv, createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, truncate, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import { type Lock, Release, writeLock } from '@edgelift/builder'
import { requirerOf } from '@edgelift/bundle'
import { CHUNK, type Digest, digestOf, TAR_END, tarHeader, tarPadding } from '@edgelift/core'
import { dump } from 'js-yaml'
import { releaseDigest, sealOf } from '../../../packages/builder/src/lock/seal.ts'
import type { Bytes, PublishedImage, UpstreamContent } from '../upstream/content.ts'
import { type PlatformImage, publish } from '../upstream/publish.ts'

const PLATFORMS = ['linux/amd64', 'linux/arm64'] as const
type PlatformName = (typeof PLATFORMS)[number]

export interface SmallRelease {
  readonly content: UpstreamContent
  /** Sum of all distinct bytes that a build of all archives fetches. */
  readonly bytes: number
  /** Writes `small.yaml` and its lock into a folder; returns the release's file. */
  write(folder: string): Promise<string>
}

/** Bytes that look random and are the same everywhere; they do not compress. */
export function noise(seed: string, size: number): Buffer {
  const key = createHash('sha256').update(seed).digest()
  return createCipheriv('aes-256-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(size))
}

/**
 * A release that is small and has one of everything that a build takes from the network: a program by itself, members
 * of a tarball, images of two layers (one is shared by all images), an image for both roles, files out of an image.
 * @param huge bytes of one more layer, of zeros, in the cloud's image
 * @param more bytes of further layers in the cloud's image
 * @param images sizes of the layers of further images of the cloud
 * @param light a tenth of the bytes, for tests that build it hundreds of times
 * @param next the release after it: another version, in which one layer of the agent's image has changed
 */
export async function smallRelease(options: {
  readonly folder: string
  readonly huge?: number
  readonly more?: readonly number[]
  readonly images?: readonly (readonly number[])[]
  readonly next?: boolean
  readonly light?: boolean
}): Promise<SmallRelease> {
  const scale = options.light === true ? 0.1 : 1
  const common = noise('common layer', 3_000_000 * scale)
  const more = (options.more ?? []).map((size, index) => noise(`layer ${index}`, size))
  const huge = options.huge === undefined ? undefined : await zeros(options.folder, options.huge)
  const program = (platform: PlatformName): Buffer =>
    Buffer.concat([
      Buffer.from(`program for ${platform}\n`.repeat(60_000 * scale)),
      noise(platform, 400_000 * scale),
    ])
  const tool = (platform: PlatformName): Buffer => Buffer.from(`tool for ${platform}\n`.repeat(20_000))
  const images = [
    published(
      'docker.io/kubeedge/agent:v1',
      [common, noise(options.next === true ? 'agent of the next release' : 'agent', 900_000 * scale)],
      undefined,
    ),
    published('docker.io/library/cloud:v1', [common, noise('cloud', 500_000 * scale), ...more], huge),
    ...(options.images ?? []).map((layers, image) =>
      published(
        furtherImage(image),
        layers.map((size, layer) => noise(`image ${image}, layer ${layer}`, size)),
        undefined,
      ),
    ),
  ]
  const files = PLATFORMS.flatMap((platform) => {
    const arch = platform.slice('linux/'.length)
    return [
      { url: `https://files.example/program-${arch}`, content: { bytes: program(platform) } },
      { url: `https://files.example/tools-${arch}.tar.gz`, content: { bytes: tarball(tool(platform)) } },
    ]
  })
  const content: UpstreamContent = { files, images: images.map((image) => image.published) }
  const further = (options.images ?? []).map((_, image): [string, { reference: string; roles: string[] }] => [
    `further-${image}`,
    { reference: furtherImage(image), roles: ['cloud'] },
  ])
  const base = { ...RELEASE, images: { ...RELEASE.images, ...Object.fromEntries(further) } }
  const written = options.next === true ? { ...base, version: '1.1.0' } : base
  const release = Release.parse(written)
  const lock = lockOf(release, { images, program, tool })
  const sizes = new Map<string, number>()
  for (const file of files) sizes.set(file.url, file.content.bytes.length)
  for (const image of lock.images) {
    for (const blob of [image.manifest, image.config, ...image.layers]) sizes.set(blob.digest, blob.size)
  }
  return {
    content,
    bytes: [...sizes.values()].reduce((sum, size) => sum + size, 0),
    async write(folder) {
      await mkdir(folder, { recursive: true })
      const file = path.join(folder, 'small.yaml')
      await writeFile(file, dump(written))
      await writeLock(path.join(folder, 'small.lock.json'), lock)
      return file
    },
  }
}

/** The reference of an image that a test has asked for with `images`. */
export function furtherImage(number: number): string {
  return `docker.io/library/further-${number}:v1`
}

const ARCH = '$' + '{arch}'
const RELEASE = {
  format: 'edgelift/release/v1',
  name: 'small',
  version: '1.0.0',
  versions: { program: '1.0.0' },
  archives: { cloud: `small-cloud-${ARCH}`, edge: `small-edge-${ARCH}` },
  files: {
    program: {
      roles: ['cloud', 'edge'],
      path: 'bin/program',
      mode: '0755',
      url: `https://files.example/program-${ARCH}`,
    },
    tools: {
      roles: ['edge'],
      mode: '0755',
      url: `https://files.example/tools-${ARCH}.tar.gz`,
      members: { './tool': 'bin/tool' },
    },
  },
  images: {
    agent: { reference: 'docker.io/kubeedge/agent:v1', roles: ['cloud', 'edge'] },
    cloud: { reference: 'docker.io/library/cloud:v1', roles: ['cloud'] },
  },
}

interface Made {
  readonly published: PublishedImage
  readonly platforms: readonly PlatformImage[]
}

function published(reference: string, layers: readonly Buffer[], huge: Huge | undefined): Made {
  const platforms = PLATFORMS.map((platform): PlatformImage => {
    const own = layers.map((bytes) => ({ digest: digestOf(bytes), content: { bytes }, size: bytes.length }))
    const all = huge === undefined ? own : [...own, huge]
    const [os, architecture] = platform.split('/')
    const config = {
      os,
      architecture,
      rootfs: { type: 'layers', diff_ids: all.map((one) => one.digest) },
      reference,
    }
    return { platform, config: Buffer.from(JSON.stringify(config)), layers: all }
  })
  return { published: publish(reference, platforms), platforms }
}

type Huge = { readonly digest: string; readonly content: Bytes; readonly size: number }

/** A file without blocks on the disk: as long as it says, read as zeros. */
async function zeros(folder: string, size: number): Promise<Huge> {
  const file = path.join(folder, 'zeros')
  await writeFile(file, '')
  await truncate(file, size)
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(file, { highWaterMark: CHUNK }) as AsyncIterable<Buffer>) {
    hash.update(chunk)
  }
  return { digest: `sha256:${hash.digest('hex')}`, content: { file, size }, size }
}

function tarball(tool: Buffer): Buffer {
  const head = tarHeader({ path: 'tool', type: 'file', size: tool.length, mode: 0o755 })
  return gzipSync(Buffer.concat([head, tool, Buffer.alloc(tarPadding(tool.length)), TAR_END]))
}

function lockOf(
  release: Release,
  made: {
    readonly images: readonly Made[]
    readonly program: (platform: PlatformName) => Buffer
    readonly tool: (platform: PlatformName) => Buffer
  },
): Lock {
  const lock = {
    format: 'edgelift/lock/v1' as const,
    release: { name: release.name, version: release.version, digest: releaseDigest(release) },
    downloads: PLATFORMS.flatMap((platform): Lock['downloads'] => {
      const arch = platform.slice('linux/'.length)
      const [program, tool] = [made.program(platform), made.tool(platform)]
      const packed = tarball(tool)
      const base = { platforms: [platform], trust: 'first-use' as const, neededBy: [] }
      const part = { mode: '0755' as const }
      return [
        {
          ...base,
          name: 'files.program',
          roles: ['cloud', 'edge'],
          url: `https://files.example/program-${arch}`,
          digest: digestOf(program),
          size: program.length,
          parts: [{ ...part, path: 'bin/program', digest: digestOf(program), size: program.length }],
        },
        {
          ...base,
          name: 'files.tools',
          roles: ['edge'],
          url: `https://files.example/tools-${arch}.tar.gz`,
          digest: digestOf(packed),
          size: packed.length,
          parts: [{ ...part, path: 'bin/tool', member: './tool', digest: digestOf(tool), size: tool.length }],
        },
      ]
    }),
    images: made.images.flatMap((image) => image.platforms.map((one) => lockedImage(image.published, one))),
  }
  return { ...lock, seal: sealOf(lock) }
}

function lockedImage({ reference, manifests }: PublishedImage, image: PlatformImage): Lock['images'][number] {
  const config = digestOf(image.config)
  const [digest, manifest] = [...manifests].find(([, one]) => Buffer.from(one.bytes).includes(config)) ?? []
  if (digest === undefined || manifest === undefined) throw new Error(`${reference} has no manifest`)
  const both = reference.includes('agent')
  return {
    reference,
    platform: image.platform as PlatformName,
    roles: both ? ['cloud', 'edge'] : ['cloud'],
    manifest: { mediaType: manifest.mediaType, digest: digest as Digest, size: manifest.bytes.length },
    config: {
      mediaType: 'application/vnd.oci.image.config.v1+json',
      digest: config,
      size: image.config.length,
    },
    layers: image.layers.map((layer) => ({
      mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip',
      digest: layer.digest as Digest,
      size: layer.size,
    })),
    neededBy: [
      { ...requirerOf({ kind: 'runtime', name: 'a test' }), role: 'cloud' },
      ...(both ? [{ ...requirerOf({ kind: 'runtime', name: 'a test' }), role: 'edge' as const }] : []),
    ],
    files: [],
    packed: true,
  }
}

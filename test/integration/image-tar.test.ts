import { type ChildProcess, spawn } from 'node:child_process'
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { pipeline } from 'node:stream/promises'
import { exec, hexOf, isDigest, mustExec, parseDigest } from '@edgelift/core'
import {
  type ImageTarInput,
  imageConfigSchema,
  manifestSchema,
  openStore,
  parseReference,
  planImageTar,
  readImageTar,
  type Store,
  writeImageTar,
} from '@edgelift/oci'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parts } from '../support/kubernetes/parts.ts'

// Images are made by buildah, umoci and skopeo; what edgelift writes is read by containerd, skopeo and tar.

const PLATFORM = 'amd64'
let folder: string
let store: Store
let tars: Record<string, { readonly file: string; readonly input: ImageTarInput }>

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'edgelift-image-'))
  store = await openStore(path.join(folder, 'store'))
  const made = await makeImages()
  tars = {}
  for (const [kind, manifest] of Object.entries(made)) {
    const input = await inputOf(manifest, `edge.example/made/${kind}:v1.2.3`)
    tars[kind] = { file: await writeTar(kind, input), input }
  }
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const KINDS = {
  'oci-gzip': 'application/vnd.oci.image.layer.v1.tar+gzip',
  'oci-zstd': 'application/vnd.oci.image.layer.v1.tar+zstd',
  'oci-plain': 'application/vnd.oci.image.layer.v1.tar',
  'docker-gzip': 'application/vnd.docker.image.rootfs.diff.tar.gzip',
}
type Kind = keyof typeof KINDS
const kinds = Object.keys(KINDS) as Kind[]

const tarOf = (kind: Kind) => {
  const found = tars[kind]
  if (found === undefined) throw new Error(`no image ${kind}`)
  return found
}
const nameOf = (kind: Kind) => `edge.example/made/${kind}:v1.2.3`

describe('an image file', () => {
  it.each(kinds)('%s: has the layers as published and is as long as planned', async (kind) => {
    const { file, input } = tarOf(kind)
    expect(input.layers.map((layer) => layer.mediaType)).toEqual(input.layers.map(() => KINDS[kind]))
    expect((await readFile(file)).length).toBe(planImageTar(input).size)
    const content = await readImageTar(createReadStream(file), file)
    expect(content.manifest.digest).toBe(input.manifest.descriptor.digest)
    expect(content.names).toEqual([nameOf(kind)])
  })

  it.each(kinds)('%s: is a tar without surprises for GNU tar and BusyBox', async (kind) => {
    const { file, input } = tarOf(kind)
    const paths = planImageTar(input).entries.map((entry) => entry.path)
    const gnu = await mustExec(exec, 'tar', ['--numeric-owner', '-tvf', file])
    expect(gnu.trim().split('\n')).toHaveLength(paths.length)
    for (const line of gnu.trim().split('\n')) expect(line).toMatch(/^-rw-r--r-- 0\/0 +\d+ 1970-01-01 /)
    expect((await mustExec(exec, 'busybox', ['tar', 'tf', file])).trim().split('\n')).toEqual(paths)
  })

  it.each(kinds)('%s: is read by skopeo as OCI archive and as docker archive', async (kind) => {
    const { file, input } = tarOf(kind)
    const raw = await mustExec(exec, 'skopeo', ['inspect', '--raw', `oci-archive:${file}`])
    expect(Buffer.from(raw)).toEqual(Buffer.from(input.manifest.bytes))
    // containers/image looks among OCI manifests only when it is asked for a name.
    const named = kind === 'docker-gzip' ? `oci-archive:${file}` : `oci-archive:${file}:${nameOf(kind)}`
    const byName = await mustExec(exec, 'skopeo', ['inspect', '--raw', named])
    expect(byName).toBe(raw)
    const archive = `docker-archive:${file}`
    expect(JSON.parse(await mustExec(exec, 'skopeo', ['inspect', archive]))).toMatchObject({
      Architecture: PLATFORM,
    })
    expect(await mustExec(exec, 'skopeo', ['list-tags', archive])).toContain(nameOf(kind))
    for (const source of [archive, `oci-archive:${file}`]) {
      const copy = path.join(folder, `copy-${kind}-${source.slice(0, 3)}`)
      await mustExec(exec, 'skopeo', ['--insecure-policy', 'copy', source, `oci:${copy}:x`])
    }
  })

  it('is refused by readImageTar when one byte of a layer is damaged', async () => {
    const { file, input } = tarOf('oci-gzip')
    const bytes = await readFile(file)
    const layer = await store.readBytes(parseDigest(input.layers[0]?.digest ?? '', 'layer'), 'layer')
    const at = bytes.indexOf(layer) + layer.length - 20
    bytes.writeUInt8(255 - bytes.readUInt8(at), at)
    const damaged = path.join(folder, 'damaged.tar')
    await writeFile(damaged, bytes)
    await expect(readImageTar(createReadStream(damaged), 'damaged.tar')).rejects.toMatchObject({
      code: 'DIGEST_MISMATCH',
    })
  })
})

describe.each(['Debian', '2.1.5'])('containerd (%s)', (version) => {
  let daemon: Awaited<ReturnType<typeof startContainerd>>
  beforeAll(async () => {
    const real =
      version === 'Debian' ? { containerd: 'containerd', ctr: 'ctr' } : await parts(['containerd', 'ctr'])
    daemon = await startContainerd(real)
  })
  afterAll(() => daemon?.stop())

  it.each(kinds)('%s: is imported and unpacked under its exact full name', async (kind) => {
    const { file, input } = tarOf(kind)
    await daemon.ctr('images', 'import', file)
    const listed = (await daemon.ctr('images', 'ls'))
      .split('\n')
      .find((line) => line.startsWith(`${nameOf(kind)} `))
    expect(listed).toContain(input.manifest.descriptor.digest)
    expect(listed).toContain(input.manifest.descriptor.mediaType)
    expect(await daemon.ctr('images', 'check', `name==${nameOf(kind)}`)).toMatch(
      /complete \(\d+\/\d+\).*true/,
    )
    const mounted = path.join(folder, `mount-${version}-${kind}`)
    await mkdir(mounted)
    await daemon.ctr('images', 'mount', nameOf(kind), mounted)
    try {
      expect(await readFile(path.join(mounted, 'data', 'file.txt'), 'utf8')).toBe('content of the image\n')
    } finally {
      await mustExec(exec, 'umount', [mounted])
    }
  })

  it('knows an image by each of several names, the exact ones and no other', async () => {
    const names = ['docker.io/library/several:1', 'edge.example:5000/several:2']
    const input = { ...tarOf('oci-gzip').input, references: names.map(parseReference) }
    const file = await writeTar(`several-${version}`, input)
    const before = new Set((await daemon.ctr('images', 'ls', '-q')).trim().split('\n'))
    await daemon.ctr('images', 'import', file)
    const after = (await daemon.ctr('images', 'ls', '-q')).trim().split('\n')
    expect(after.filter((name) => !before.has(name)).sort()).toEqual(names)
  })
})

interface Made {
  readonly bytes: Buffer
  readonly mediaType: string
}

/** The images: gzip by umoci, zstd and plain by skopeo, Docker's schema 2 by buildah. Their blobs are put into the store. */
async function makeImages(): Promise<Record<Kind, Made>> {
  const run = (command: string, ...args: string[]) => mustExec(exec, command, args, { cwd: folder })
  await mkdir(path.join(folder, 'tree'))
  await writeFile(path.join(folder, 'tree', 'file.txt'), 'content of the image\n')
  await run('umoci', 'init', '--layout', 'gzip')
  await run('umoci', 'new', '--image', 'gzip:v1')
  await run('umoci', 'insert', '--image', 'gzip:v1', 'tree', '/data')
  await run('umoci', 'insert', '--image', 'gzip:v1', 'tree', '/again')
  await run('umoci', 'config', '--image', 'gzip:v1', '--architecture', PLATFORM, '--os', 'linux')
  const copy = ['--insecure-policy', 'copy']
  await run('skopeo', ...copy, '--dest-compress-format', 'zstd', 'oci:gzip:v1', 'oci:zstd:v1')
  await run('skopeo', ...copy, '--dest-decompress', 'oci:gzip:v1', 'dir:plain')
  const buildah = (...args: string[]) =>
    run(
      'buildah',
      '--root',
      path.join(folder, 'bs'),
      '--runroot',
      path.join(folder, 'br'),
      '--storage-driver',
      'vfs',
      ...args,
    )
  const container = (await buildah('from', '--isolation', 'chroot', 'scratch')).trim()
  await buildah('copy', container, 'tree', '/data')
  await buildah('config', '--arch', PLATFORM, '--os', 'linux', container)
  await buildah('commit', '--format', 'docker', container, 'made')
  await buildah('push', '--format', 'v2s2', 'made', `dir:${path.join(folder, 'docker')}`)
  return {
    'oci-gzip': await fromLayout('gzip'),
    'oci-zstd': await fromLayout('zstd'),
    'oci-plain': await fromDir('plain'),
    'docker-gzip': await fromDir('docker'),
  }
}

async function fromLayout(name: string): Promise<Made> {
  const layout = path.join(folder, name)
  const blobs = path.join(layout, 'blobs', 'sha256')
  for (const blob of await readdir(blobs)) await store.putFile(path.join(blobs, blob))
  const index = JSON.parse(await readFile(path.join(layout, 'index.json'), 'utf8')) as {
    manifests: { digest: string; mediaType: string }[]
  }
  const [entry] = index.manifests
  if (entry === undefined || !isDigest(entry.digest)) throw new Error(`${name} has no image`)
  return { bytes: await readFile(path.join(blobs, hexOf(entry.digest))), mediaType: entry.mediaType }
}

/** skopeo's `dir:` transport: manifest.json, and blobs by their hexadecimal digits. */
async function fromDir(name: string): Promise<Made> {
  const dir = path.join(folder, name)
  for (const blob of await readdir(dir)) {
    if (/^[0-9a-f]{64}$/.test(blob)) await store.putFile(path.join(dir, blob))
  }
  const bytes = await readFile(path.join(dir, 'manifest.json'))
  const { mediaType } = manifestSchema.parse(JSON.parse(bytes.toString()))
  return { bytes, mediaType: mediaType ?? 'application/vnd.oci.image.manifest.v1+json' }
}

async function inputOf({ bytes, mediaType }: Made, reference: string): Promise<ImageTarInput> {
  const manifest = manifestSchema.parse(JSON.parse(bytes.toString()))
  const digest = await store.putBytes(bytes)
  const config = imageConfigSchema.parse(
    JSON.parse(String(Buffer.from(await store.readBytes(manifest.config.digest, 'config')))),
  )
  return {
    references: [parseReference(reference)],
    platform: { os: config.os ?? '', architecture: config.architecture ?? '' },
    manifest: { descriptor: { mediaType, digest, size: bytes.length }, bytes },
    config: manifest.config,
    layers: manifest.layers,
  }
}

async function writeTar(name: string, input: ImageTarInput): Promise<string> {
  const file = path.join(folder, `${name}.tar`)
  const copies = async function* (pieces: AsyncIterable<Uint8Array>) {
    for await (const piece of pieces) yield Buffer.from(piece) // the stream holds on to what it gets
  }
  await pipeline(writeImageTar(planImageTar(input), store.read), copies, createWriteStream(file))
  return file
}

/** A containerd of our own, in a folder of our own. */
async function startContainerd(programs: { readonly containerd: string; readonly ctr: string }) {
  const home = await mkdtemp(path.join(tmpdir(), 'edgelift-ctd-'))
  const address = path.join(home, 'sock')
  const config = path.join(home, 'config.toml')
  await writeFile(
    config,
    'version = 2\ndisabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.internal.v1.opt"]\n',
  )
  const args = ['--config', config, '--root', path.join(home, 'root'), '--state', path.join(home, 'state')]
  const daemon: ChildProcess = spawn(programs.containerd, [...args, '--address', address], {
    stdio: 'ignore',
  })
  const failed = new Promise<never>((_resolve, reject) => daemon.on('error', reject))
  failed.catch(() => {})
  const ctr = (...words: string[]) =>
    mustExec(exec, programs.ctr, ['--address', address, '--namespace', 'k8s.io', ...words], {
      timeout: 60_000,
    })
  for (let attempt = 0; ; attempt++) {
    const answer = await Promise.race([
      exec(programs.ctr, ['--address', address, 'version'], { timeout: 10_000 }),
      failed,
    ])
    if (answer.code === 0) break
    if (attempt > 100) throw new Error(`containerd does not answer: ${answer.stderr}`)
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  return {
    ctr,
    async stop() {
      const ended = new Promise((resolve) => daemon.once('exit', resolve))
      daemon.kill('SIGTERM')
      await ended
      await rm(home, { recursive: true, force: true })
    },
  }
}

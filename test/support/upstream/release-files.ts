import { createHash } from 'node:crypto'
import { stat } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import { gzippedTar } from './blob-cache.ts'
import type { Charts } from './charts.ts'
import { type Bytes, readBytes, type ServedFile, sizeOf } from './content.ts'
import { placeholderFile } from './placeholders.ts'
import type { FindProgram, Program } from './programs.ts'
import { renamedTar } from './renamed-tar.ts'
import { K3S_IMAGES, PUBLISHED, RELEASES, VERSIONS } from './versions.ts'

const GITHUB = 'https://github.com'
const RAW = 'https://raw.githubusercontent.com'

/** A program in a tarball, or a text. */
type Entry =
  | { readonly path: string; readonly program: string; readonly version?: string }
  | { readonly path: string; readonly text: string }

/**
 * Every file that the release downloads, under upstream's names, in upstream's layout, each with its checksum file in
 * upstream's own dialect (K3s, scripts/package-airgap; KubeEdge, hack/make-rules/release.sh; containerd, Makefile;
 * runc, script/release_build.sh; CNI plugins, scripts/release.sh; helm, Makefile).
 */
export async function releaseFiles(find: FindProgram, charts: Charts): Promise<ServedFile[]> {
  const files = [...(await chartFiles(charts)), ...(await runcFiles(find))]
  for (const platform of PUBLISHED) {
    const arch = platform.slice('linux/'.length)
    const tarball = (entries: readonly Entry[]): Promise<Bytes> => pack(entries, { find, platform })
    for (const { k3s, kubeedge } of RELEASES) {
      files.push(...(await k3sFiles(find, arch, k3s)))
      files.push(...(await kubeEdgeFiles(tarball, arch, kubeedge)))
    }
    files.push(...(await containerdFiles(tarball, arch)))
    files.push(...(await cniFiles(tarball, arch)))
    files.push(...(await helmFiles(tarball, arch)))
  }
  return files
}

type Tarball = (entries: readonly Entry[]) => Promise<Bytes>

/** `sha256sum-amd64.txt`: one list of the binary and the images' archives. One image list for all platforms. */
async function k3sFiles(find: FindProgram, arch: string, version: string): Promise<ServedFile[]> {
  const release = `${GITHUB}/k3s-io/k3s/releases/download/${encodeURIComponent(`v${version}`)}`
  const k3s = arch === 'amd64' ? 'k3s' : `k3s-${arch}`
  const archives = ['tar.gz', 'tar.zst'].map((suffix) => `k3s-airgap-images-${arch}.${suffix}`)
  const contents = new Map<string, Bytes>([
    ...archives.map((name) => [name, { bytes: placeholderFile(name) }] as const),
    [k3s, await bytesOf(await find('k3s', `linux/${arch}`, version))],
  ])
  const lines = await Promise.all(
    [...contents].map(async ([name, content]) => `${await hex(content)}  ${name}\n`),
  )
  return [
    ...(await Promise.all([...contents].map(([name, content]) => published(`${release}/${name}`, content)))),
    await text(`${release}/sha256sum-${arch}.txt`, lines.join('')),
    ...(arch === 'amd64' ? [await text(`${release}/k3s-images.txt`, `${K3S_IMAGES.join('\n')}\n`)] : []),
  ]
}

/** Bare SHA-512, without a name. */
async function kubeEdgeFiles(tarball: Tarball, arch: string, release: string): Promise<ServedFile[]> {
  const tag = `v${release}`
  const downloads = `${GITHUB}/kubeedge/kubeedge/releases/download/${tag}`
  const top = (name: string): string => `${name}-${tag}-linux-${arch}`
  const assets = new Map([
    [
      top('keadm'),
      [
        { path: `${top('keadm')}/keadm/keadm`, program: 'keadm', version: release },
        { path: `${top('keadm')}/version`, text: `${tag}\n` },
      ],
    ],
    [
      top('kubeedge'),
      [
        { path: `${top('kubeedge')}/cloud/cloudcore/cloudcore`, program: 'cloudcore', version: release },
        { path: `${top('kubeedge')}/edge/edgecore`, program: 'edgecore', version: release },
        { path: `${top('kubeedge')}/version`, text: `${tag}\n` },
      ],
    ],
  ])
  const files: ServedFile[] = []
  for (const [name, entries] of assets) {
    const content = await tarball(entries)
    files.push(await published(`${downloads}/${name}.tar.gz`, content))
    files.push(await text(`${downloads}/checksum_${name}.tar.gz.txt`, `${await hex(content, 'sha512')}\n`))
  }
  return files
}

async function containerdFiles(tarball: Tarball, arch: string): Promise<ServedFile[]> {
  const name = `containerd-static-${VERSIONS.containerd}-linux-${arch}.tar.gz`
  const url = `${GITHUB}/containerd/containerd/releases/download/v${VERSIONS.containerd}/${name}`
  const programs = ['containerd', 'containerd-shim-runc-v2', 'containerd-stress', 'ctr']
  const content = await tarball(programs.map((program) => ({ path: `bin/${program}`, program })))
  return withSum(url, content, '.sha256sum')
}

/** One list for all platforms and source tarballs. */
async function runcFiles(find: FindProgram): Promise<ServedFile[]> {
  const release = `${GITHUB}/opencontainers/runc/releases/download/v${VERSIONS.runc}`
  const files: ServedFile[] = []
  const lines: string[] = []
  for (const platform of PUBLISHED) {
    const name = `runc.${platform.slice('linux/'.length)}`
    const content = await bytesOf(await find('runc', platform))
    files.push(await published(`${release}/${name}`, content))
    lines.push(`${await hex(content)}  ${name}\n`)
  }
  lines.push(`${await hex({ bytes: placeholderFile('runc.tar.xz') })}  runc.tar.xz\n`)
  return [...files, await text(`${release}/runc.sha256sum`, lines.join(''))]
}

async function cniFiles(tarball: Tarball, arch: string): Promise<ServedFile[]> {
  const name = `cni-plugins-linux-${arch}-v${VERSIONS.cni}.tgz`
  const url = `${GITHUB}/containernetworking/plugins/releases/download/v${VERSIONS.cni}/${name}`
  const plugins = ['bandwidth', 'bridge', 'firewall', 'host-local', 'loopback', 'portmap', 'tuning']
  const texts = [{ path: './README.md', text: 'plugins\n' }]
  const programs = plugins.map((program) => ({ path: `./${program}`, program }))
  return withSum(url, await tarball([...texts, ...programs]), '.sha256')
}

async function helmFiles(tarball: Tarball, arch: string): Promise<ServedFile[]> {
  const url = `https://get.helm.sh/helm-v${VERSIONS.helm}-linux-${arch}.tar.gz`
  const content = await tarball([
    { path: `linux-${arch}/README.md`, text: 'helm\n' },
    { path: `linux-${arch}/helm`, program: 'helm' },
  ])
  return withSum(url, content, '.sha256sum')
}

async function chartFiles(charts: Charts): Promise<ServedFile[]> {
  const tree = `${RAW}/kubeedge/edgemesh/v${VERSIONS.edgemesh}/build`
  const crds = [...charts.crds].map(([name, content]) => published(`${tree}/crds/istio/${name}`, content))
  return [
    ...(await Promise.all(RELEASES.map(({ kubeedge }) => sourceFile(charts.source, kubeedge)))),
    await published(`${tree}/helm/edgemesh.tgz`, charts.edgemesh),
    await published(`${tree}/helm/edgemesh-gateway.tgz`, charts.gateway),
    ...(await Promise.all(crds)),
  ]
}

/** A forge names the top folder of a tag's tarball after the tag. */
async function sourceFile(source: Bytes, version: string): Promise<ServedFile> {
  const url = `${GITHUB}/kubeedge/kubeedge/archive/refs/tags/v${version}.tar.gz`
  const folders = { from: `kubeedge-${VERSIONS.kubeedge}/`, to: `kubeedge-${version}/` }
  return { url, content: version === VERSIONS.kubeedge ? source : await renamedTar(source, folders) }
}

async function pack(
  entries: readonly Entry[],
  options: { readonly find: FindProgram; readonly platform: string },
): Promise<Bytes> {
  const files = []
  for (const entry of entries) {
    if ('text' in entry) files.push({ path: entry.path, mode: 0o644, source: Buffer.from(entry.text) })
    else {
      const { source } = await options.find(entry.program, options.platform, entry.version)
      files.push({ path: entry.path, mode: 0o755, source })
    }
  }
  return gzippedTar({ files })
}

async function bytesOf({ source }: Program): Promise<Bytes> {
  return typeof source === 'string' ? { file: source, size: (await stat(source)).size } : { bytes: source }
}

async function published(url: string, content: Bytes): Promise<ServedFile> {
  return { url, content, etag: await hex(content) }
}

async function withSum(url: string, content: Bytes, suffix: string): Promise<ServedFile[]> {
  const line = `${await hex(content)}  ${url.slice(url.lastIndexOf('/') + 1)}\n`
  return [await published(url, content), await text(`${url}${suffix}`, line)]
}

function text(url: string, words: string): Promise<ServedFile> {
  return published(url, { bytes: Buffer.from(words) })
}

async function hex(content: Bytes, algorithm: 'sha256' | 'sha512' = 'sha256'): Promise<string> {
  const hash = createHash(algorithm)
  await pipeline(readBytes(content, 0, sizeOf(content)), hash)
  return hash.digest('hex')
}

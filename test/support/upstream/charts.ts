import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { hexOf, parseDigest } from '@edgelift/core'
import { gzippedTar, type TarBlob } from './blob-cache.ts'
import type { Bytes } from './content.ts'
import { CLOUDCORE_CRDS, crdFile, ISTIO_CRDS, SPIDERPOOL_CRDS } from './placeholder-crds.ts'
import { sharedUpstream } from './places.ts'
import { CLOUDCORE, CLOUDCORE_FOLDER, CRDS, EDGEMESH, GATEWAY } from './upstream-charts.ts'

/** The charts and CRDs of the release: upstream's own where this machine has them, else placeholders. */
export interface Charts {
  readonly isPlaceholder: boolean
  /** The forge's tarball of KubeEdge's source, as far as the chart in it. */
  readonly source: Bytes
  readonly edgemesh: Bytes
  /** Of the chart that the shipped release pins. */
  readonly edgemeshSha256: string
  readonly gateway: Bytes
  /** By upstream's file name: `crd-gateway.yaml`. */
  readonly crds: ReadonlyMap<string, Bytes>
}

export async function releaseCharts(): Promise<Charts> {
  const shared = sharedUpstream()
  return shared === undefined ? placeholderCharts() : upstreamCharts(shared)
}

/** What a release that extends the shipped one has to say so that it locks these charts: placeholders have digests of their own. */
export function chartOverrides({ isPlaceholder, edgemeshSha256 }: Charts): string {
  if (!isPlaceholder) return ''
  return `# The edgemesh chart here is a placeholder.\ncharts: { edgemesh: { checksum: { sha256: ${edgemeshSha256} } } }\n`
}

/** Upstream's own charts, out of a folder as {@link sharedUpstream} gives it. */
export async function upstreamCharts(shared: string): Promise<Charts> {
  const own = async ({ file }: { readonly file: string }): Promise<Bytes> => ({
    bytes: await readFile(path.join(shared, file)),
  })
  const crds = Object.entries(CRDS).map(async ([name, crd]) => [name, await own(crd)] as const)
  return {
    isPlaceholder: false,
    source: await own(CLOUDCORE),
    edgemesh: await own(EDGEMESH),
    edgemeshSha256: hexOf(parseDigest(EDGEMESH.digest, EDGEMESH.file)),
    gateway: await own(GATEWAY),
    crds: new Map(await Promise.all(crds)),
  }
}

/** The project's own: they render the same objects as upstream's, and are marked as placeholders. */
export async function placeholderCharts(): Promise<Charts> {
  const istio = filesOf(ISTIO_CRDS)
  const shared = await folderFiles('shared')
  const edgemesh = await packed('edgemesh', {
    ...(await folderFiles('edgemesh')),
    ...below('charts/agent/templates', shared),
    ...below('charts/spiderpool/crds', filesOf(SPIDERPOOL_CRDS)),
    ...below('crds/istio', istio),
  })
  return {
    isPlaceholder: true,
    source: await packed(CLOUDCORE_FOLDER, {
      ...(await folderFiles('cloudcore')),
      ...below('crds', filesOf(CLOUDCORE_CRDS)),
    }),
    edgemesh,
    edgemeshSha256: hexOf(parseDigest(edgemesh.digest, 'edgemesh.tgz')),
    gateway: await packed('edgemesh-gateway', {
      ...(await folderFiles('edgemesh-gateway')),
      ...below('templates', shared),
    }),
    crds: new Map(Object.entries(istio).map(([name, bytes]) => [name, { bytes }])),
  }
}

type Files = Readonly<Record<string, Uint8Array>>

function packed(top: string, files: Files): Promise<TarBlob> {
  const entries = Object.entries(below(top, files)).sort(([a], [b]) => (a < b ? -1 : 1))
  return gzippedTar({ files: entries.map(([name, source]) => ({ path: name, mode: 0o644, source })) })
}

function below(folder: string, files: Files): Files {
  return Object.fromEntries(Object.entries(files).map(([name, bytes]) => [`${folder}/${name}`, bytes]))
}

function filesOf(crds: typeof ISTIO_CRDS): Files {
  return Object.fromEntries(crds.map((crd) => [crd.file, crdFile(crd)]))
}

/** By path below `placeholder-charts/NAME`. */
async function folderFiles(name: string): Promise<Files> {
  const folder = path.join(import.meta.dirname, 'placeholder-charts', name)
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
  const read = files.map(async (file) => [path.relative(folder, file), await readFile(file)] as const)
  return Object.fromEntries(await Promise.all(read))
}

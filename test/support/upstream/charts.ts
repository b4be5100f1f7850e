import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { gzippedTar } from './blob-cache.ts'
import type { Bytes } from './content.ts'
import { sharedUpstream } from './places.ts'
import { VERSIONS } from './versions.ts'

/** The charts and CRDs of the release: upstream's own where this machine has them, else small ones of our own. */
export interface Charts {
  readonly isPlaceholder: boolean
  /** The forge's tarball of KubeEdge's source, as far as the chart in it. */
  readonly source: Bytes
  readonly edgemesh: Bytes
  readonly gateway: Bytes
  /** By upstream's file name: `crd-gateway.yaml`. */
  readonly crds: ReadonlyMap<string, Bytes>
}

export async function releaseCharts(): Promise<Charts> {
  const shared = sharedUpstream()
  return shared === undefined ? placeholderCharts() : upstreamCharts(shared)
}

async function upstreamCharts(shared: string): Promise<Charts> {
  const mesh = path.join(shared, `edgemesh-v${VERSIONS.edgemesh}`)
  const kubeedge = path.join(shared, `kubeedge-v${VERSIONS.kubeedge}`)
  return {
    isPlaceholder: false,
    source: await bytesOf(path.join(kubeedge, 'source-charts-cloudcore.tar.gz')),
    edgemesh: await bytesOf(path.join(mesh, 'edgemesh.tgz')),
    gateway: await bytesOf(path.join(mesh, 'edgemesh-gateway.tgz')),
    crds: await filesOf(path.join(mesh, 'crds')),
  }
}

/** Charts that say of themselves that they only stand for upstream's. */
export async function placeholderCharts(): Promise<Charts> {
  const own = path.join(import.meta.dirname, 'stand-in-charts')
  const packed = async (name: string, top: string): Promise<Bytes> => {
    const files = []
    for (const file of await readdir(path.join(own, name), { recursive: true, withFileTypes: true })) {
      const source = path.join(file.parentPath, file.name)
      const inside = path.relative(path.join(own, name), source)
      if (file.isFile()) files.push({ path: `${top}/${inside}`, mode: 0o644, source })
    }
    return gzippedTar({ files })
  }
  return {
    isPlaceholder: true,
    source: await packed('cloudcore', `kubeedge-${VERSIONS.kubeedge}/manifests/charts/cloudcore`),
    edgemesh: await packed('edgemesh', 'edgemesh'),
    gateway: await packed('edgemesh-gateway', 'edgemesh-gateway'),
    crds: await filesOf(path.join(own, 'crds')),
  }
}

async function filesOf(folder: string): Promise<ReadonlyMap<string, Bytes>> {
  const names = await readdir(folder)
  return new Map(
    await Promise.all(names.map(async (name) => [name, await bytesOf(path.join(folder, name))] as const)),
  )
}

async function bytesOf(file: string): Promise<Bytes> {
  return { bytes: await readFile(file) }
}

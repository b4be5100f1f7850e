import { PATHS } from '@edgelift/bundle'
import type { Digest } from '@edgelift/core'
import { error, type Finding } from '../findings.ts'
import type { LockContext } from '../lock/context.ts'
import type { PlatformDownload } from '../lock/lock-downloads.ts'
import type { PlatformRelease } from '../release/expand.ts'
import { builtInImageRequirements, type ImageLists } from './built-in-requirements.ts'
import { chartRequirements, requirementsIn } from './chart-requirements.ts'
import { openRenderer, type Renderer } from './render.ts'
import type { ImageRequirement } from './requirement.ts'

const OBJECTS_LIMIT = 16 * 1024 * 1024

export interface CollectedRequirements {
  /** In the order of the platforms. */
  readonly requirements: readonly (readonly ImageRequirement[])[]
  readonly findings: readonly Finding[]
}

/** Everybody who asks for images, on each platform: charts as helm renders them, Kubernetes files, and the programs themselves. */
export async function collectRequirements(
  platforms: readonly PlatformRelease[],
  downloads: readonly PlatformDownload[],
  options: { readonly context: LockContext; readonly lists: readonly ImageLists[] },
): Promise<CollectedRequirements> {
  const { context, lists } = options
  const findings: Finding[] = []
  await using renderer = await rendererFor(platforms, downloads, { context, findings })
  const requirements: ImageRequirement[][] = []
  for (const [index, release] of platforms.entries()) {
    const mine = downloads.filter(({ platform }) => platform === release.platform)
    const charts = renderer === undefined ? [] : await ofCharts(release, mine, renderer)
    const found = [...charts, ...(await ofFiles(release, mine, context))]
    findings.push(...found.flatMap((one) => one.findings))
    requirements.push([
      ...builtInImageRequirements(release, lists[index] ?? new Map()),
      ...found.flatMap((one) => one.requirements),
    ])
  }
  return { requirements, findings }
}

async function ofCharts(
  release: PlatformRelease,
  downloads: readonly PlatformDownload[],
  renderer: Renderer,
): Promise<Awaited<ReturnType<typeof chartRequirements>>[]> {
  const found = []
  for (const chart of release.charts) {
    const packed = downloads.find(({ source }) => source.id === chart.id)?.parts[0]?.digest
    if (packed === undefined) continue // not published: another finding says so
    found.push(
      await chartRequirements(chart.chart, packed, { renderer, platform: release.platform, id: chart.id }),
    )
  }
  return found
}

async function ofFiles(
  release: PlatformRelease,
  downloads: readonly PlatformDownload[],
  { store }: LockContext,
): Promise<ReturnType<typeof requirementsIn>[]> {
  const found = []
  for (const file of release.files.filter(({ kubernetes }) => kubernetes)) {
    for (const part of downloads.find(({ source }) => source.id === file.id)?.parts ?? []) {
      const text = Buffer.from(await store.readBytes(part.digest, file.id, OBJECTS_LIMIT)).toString('utf8')
      found.push(
        requirementsIn(text, { requirer: `file ${part.path}`, where: file.id, platform: release.platform }),
      )
    }
  }
  return found
}

/** The helm of the cloud archive, as far as it can run here. Without charts, none is needed. */
async function rendererFor(
  platforms: readonly PlatformRelease[],
  downloads: readonly PlatformDownload[],
  { context, findings }: { readonly context: LockContext; readonly findings: Finding[] },
): Promise<Renderer | undefined> {
  const { hostPlatform, store, exec } = context
  if (platforms.every(({ charts }) => charts.length === 0)) return undefined
  const helm = helmFor(hostPlatform, downloads)
  if (helm !== undefined) {
    const k3s = platforms[0]?.versions.k3s
    return openRenderer({ store, exec, helm, kubeVersion: k3s === undefined ? undefined : `v${k3s}` })
  }
  const host = hostPlatform ?? `${process.platform}/${process.arch}`
  findings.push(
    error('CHART_UNRENDERED', 'charts', {
      en: `no chart could be rendered: the release has no ${PATHS.helm} for this machine (${host}), so what the charts ask for is unknown; add it to "files" for this platform, or lock on a machine of one that has it`,
      zh: `无法渲染任何 chart：发布中没有适用于本机（${host}）的 ${PATHS.helm}，无法得知 chart 所需镜像；请在 "files" 中加入，或在有该平台 helm 的机器上执行 lock`,
    }),
  )
  return undefined
}

function helmFor(host: string | undefined, downloads: readonly PlatformDownload[]): Digest | undefined {
  return downloads
    .filter(({ platform }) => platform === host)
    .flatMap(({ parts }) => parts)
    .find(({ path }) => path === PATHS.helm)?.digest
}

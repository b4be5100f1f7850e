import { Readable } from 'node:stream'
import { PATHS, type PlatformName } from '@edgelift/bundle'
import { type Digest, decodedText, type Exec } from '@edgelift/core'
import type { Store } from '@edgelift/oci'
import { error, type Finding } from '../findings.ts'
import type { PlatformRelease } from '../release/expand.ts'
import { readPackedChart } from '../sources/chart-tarball.ts'
import type { PlatformDownload } from '../sources/platform-download.ts'
import { apiVersionsOfCrds, k3sApiVersions } from './api-versions.ts'
import { builtInImageRequirements, type ImageLists } from './built-in-requirements.ts'
import { chartRequirements, type PackedChart, renderedTexts } from './chart-requirements.ts'
import { type ChartViews, statesFor, viewsOf } from './chart-views.ts'
import { type ObjectReader, objectReader } from './kubernetes-yaml.ts'
import {
  type ObjectRequirements,
  type ObjectSource,
  requirementsIn,
  type SourcedMention,
} from './object-requirements.ts'
import { FIRST_INSTALL, openRenderer, type Renderer } from './render.ts'
import type { ImageRequirement } from './requirement.ts'
import { withPackedCharts } from './subcharts.ts'
import { imagesInTemplates } from './template-images.ts'

const OBJECTS_LIMIT = 16 * 1024 * 1024
const CHART_LIMIT = 64 * 1024 * 1024

/** What the gates work with. */
export interface GateContext {
  readonly store: Store
  readonly exec: Exec
  /** What this machine can run. Undefined where that is none of the platforms of archives. */
  readonly hostPlatform: PlatformName | undefined
}

/** What one platform's archives will be asked for. */
export interface PlatformRequirements {
  readonly requirements: readonly ImageRequirement[]
  /** Texts in objects that look like images. */
  readonly mentioned: readonly SourcedMention[]
}

export interface CollectedRequirements {
  /** In the order of the platforms. */
  readonly platforms: readonly PlatformRequirements[]
  readonly findings: readonly Finding[]
}

/** All requirements of images, on each platform: of charts as helm renders them, of Kubernetes files, of programs. */
export async function collectRequirements(
  platforms: readonly PlatformRelease[],
  downloads: readonly PlatformDownload[],
  options: { readonly context: GateContext; readonly lists: readonly ImageLists[] },
): Promise<CollectedRequirements> {
  const { context, lists } = options
  const findings: Finding[] = []
  await using renderer = await rendererFor(platforms, downloads, { context, findings })
  const read = objectReader()
  const collected: PlatformRequirements[] = []
  for (const [index, release] of platforms.entries()) {
    const mine = downloads.filter(({ platform }) => platform === release.platform)
    const files = await filesOf(release, mine, context)
    const charts =
      renderer === undefined
        ? []
        : await ofCharts(release, { downloads: mine, files, renderer, read, store: context.store })
    const found = [...charts, ...files.map(({ text, source }) => requirementsIn(read(text), source))]
    findings.push(...found.flatMap((one) => one.findings))
    collected.push({
      requirements: [
        ...builtInImageRequirements(release, lists[index] ?? new Map()),
        ...found.flatMap((one) => one.requirements),
      ],
      mentioned: found.flatMap((one) => one.mentioned),
    })
  }
  return { platforms: collected, findings }
}

/** Charts see which APIs the cluster serves, and whether they are there already: images of all renderings count. */
async function ofCharts(
  release: PlatformRelease,
  given: {
    readonly downloads: readonly PlatformDownload[]
    readonly files: readonly ObjectFile[]
    readonly renderer: Renderer
    readonly read: ObjectReader
    readonly store: Store
  },
): Promise<ObjectRequirements[]> {
  const { downloads, files, renderer, read, store } = given
  const charts = await packedCharts(release, downloads, store)
  const readable = (text: string): readonly unknown[] => {
    const objects = read(text)
    return 'reason' in objects ? [] : objects
  }
  const k3s = k3sApiVersions(release.settings.k3sDisable)
  const texts = await Promise.all(
    charts.map((chart) => {
      const [state = FIRST_INSTALL] = statesFor(chart.views, { k3s, crds: [] })
      return renderedTexts(chart, state, renderer)
    }),
  )
  const crds = apiVersionsOfCrds([...files.map(({ text }) => text), ...texts.flat()].flatMap(readable))
  // Of a cluster of others nobody knows what it serves.
  const known = release.versions.k3s === undefined ? {} : { served: new Set([...k3s, ...crds]) }
  return Promise.all(
    charts.map(async ({ source, ...chart }) => {
      const packed = { ...chart, source: { ...source, ...known } }
      const found = await chartRequirements(packed, statesFor(chart.views, { k3s, crds }), { renderer, read })
      return { ...found, mentioned: [...found.mentioned, ...chart.unseen] }
    }),
  )
}

async function packedCharts(
  release: PlatformRelease,
  downloads: readonly PlatformDownload[],
  store: Store,
): Promise<(PackedChart & { readonly views: ChartViews; readonly unseen: readonly SourcedMention[] })[]> {
  const found = []
  for (const { id, chart, mayPull } of release.charts) {
    const packed = downloads.find(({ source }) => source.id === id)?.parts[0]?.digest
    if (packed === undefined) continue // not published: another finding says so
    const requirer = { kind: 'chart', name: chart.name } as const
    const bytes = await store.readBytes(packed, id, CHART_LIMIT)
    const files = await readPackedChart(Readable.from([bytes]), id)
    const views = viewsOf(files, chart)
    const source = sourceOf(release, { requirer, where: id, mayPull })
    const unseen = imagesInTemplates(await withPackedCharts(files), chart.name).map((mention) => ({
      ...mention,
      source,
    }))
    found.push({ chart, packed, views, source, unseen })
  }
  return found
}

function sourceOf(
  { platform, notImages }: PlatformRelease,
  part: Pick<ObjectSource, 'requirer' | 'where' | 'mayPull'>,
): ObjectSource {
  return { ...part, platform, notImages }
}

interface ObjectFile {
  readonly text: string
  readonly source: ObjectSource
}

async function filesOf(
  release: PlatformRelease,
  downloads: readonly PlatformDownload[],
  { store }: GateContext,
): Promise<ObjectFile[]> {
  const found: ObjectFile[] = []
  for (const { id, mayPull } of release.files.filter(({ kubernetes }) => kubernetes)) {
    for (const part of downloads.find(({ source }) => source.id === id)?.parts ?? []) {
      const text = decodedText(await store.readBytes(part.digest, id, OBJECTS_LIMIT))
      const requirer = { kind: 'file', name: part.path } as const
      found.push({ text, source: sourceOf(release, { requirer, where: id, mayPull }) })
    }
  }
  return found
}

/** The helm of the cloud archive, as far as it can run here. Without charts, none is needed. */
function rendererFor(
  platforms: readonly PlatformRelease[],
  downloads: readonly PlatformDownload[],
  { context, findings }: { readonly context: GateContext; readonly findings: Finding[] },
): Renderer | undefined {
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
      en: `no chart was rendered: the release has no ${PATHS.helm} for this machine (${host}), so the images of the charts are unknown; add it to "files" for this platform, or lock on a machine whose platform has it`,
      zh: `无法渲染任何 chart：发布清单中没有适用于本机（${host}）的 ${PATHS.helm}，无法得知 chart 所需镜像；请在 "files" 中加入，或在有该平台 helm 的机器上执行 lock`,
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

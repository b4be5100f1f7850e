import { mkdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { Readable } from 'node:stream'
import { exec, mustExec } from '@edgelift/core'
import { load, loadAll } from 'js-yaml'
import { z } from 'zod'
import { packChart, readChartFolder } from '../../../packages/builder/src/sources/chart-tarball.ts'
import { parts } from '../kubernetes/parts.ts'
import type { Charts } from './charts.ts'
import type { Bytes } from './content.ts'
import { CLOUDCORE_FOLDER } from './upstream-charts.ts'

/** What may differ between two charts without an installer or a cluster noticing is left out. */
export interface RenderedObjects {
  /** `apps/v1 Deployment kubeedge/cloudcore` to the object. */
  readonly objects: Readonly<Record<string, unknown>>
  readonly images: readonly string[]
}

/** Charts as files, for the real helm. */
export interface ChartFolder {
  render(
    chart: string,
    to: { readonly namespace: string; readonly values: unknown },
  ): Promise<RenderedObjects>
  show(chart: string, what: 'chart' | 'values' | 'crds'): Promise<readonly unknown[]>
}

export async function layCharts(charts: Charts, folder: string): Promise<ChartFolder> {
  const { helm } = await parts(['helm'])
  const source = Readable.from([await contentOf(charts.source)])
  const cloudcore = await readChartFolder(source, { folder: CLOUDCORE_FOLDER, label: 'cloudcore' })
  const packed: Readonly<Record<string, Uint8Array>> = {
    cloudcore: packChart(cloudcore, 'cloudcore'),
    edgemesh: await contentOf(charts.edgemesh),
    'edgemesh-gateway': await contentOf(charts.gateway),
  }
  await mkdir(folder, { recursive: true })
  const fileOf = (chart: string): string => path.join(folder, `${chart}.tgz`)
  for (const [name, bytes] of Object.entries(packed)) await writeFile(fileOf(name), bytes)
  const run = (args: readonly string[], input?: string): Promise<string> =>
    mustExec(exec, helm, args, { ...(input === undefined ? {} : { input }), timeout: 60_000 })
  return {
    async render(chart, { namespace, values }) {
      const flags = ['--namespace', namespace, '--include-crds', '--skip-tests', '--values', '-']
      return objectsIn(await run(['template', chart, fileOf(chart), ...flags], JSON.stringify(values)))
    },
    show: async (chart, what) => loadAll(await run(['show', what, fileOf(chart)])),
  }
}

async function contentOf(content: Bytes): Promise<Uint8Array> {
  return 'bytes' in content ? content.bytes : readFile(content.file)
}

const KubernetesObject = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({ name: z.string(), namespace: z.string().optional() }),
})
type KubernetesObject = z.infer<typeof KubernetesObject>

/** The objects in a text of YAML documents, each as {@link RenderedObjects} says. */
export function objectsIn(text: string): RenderedObjects {
  const found = loadAll(text).filter((document) => document !== null && document !== undefined)
  const objects = found.map((document) => KubernetesObject.parse(document))
  const named = objects.map(({ apiVersion, kind, metadata: { name, namespace } }, index) => {
    const place = namespace === undefined ? name : `${namespace}/${name}`
    return [`${apiVersion} ${kind} ${place}`, comparable(objects[index] as KubernetesObject)] as const
  })
  if (new Set(named.map(([key]) => key)).size !== named.length)
    throw new Error('one object is rendered twice')
  return { objects: Object.fromEntries(named), images: [...new Set(imagesIn(objects))].sort() }
}

/** Without what is null or random, without the schemas of CRDs, and with settings in ConfigMaps read as YAML. */
function comparable(object: KubernetesObject): unknown {
  const { data } = object as { data?: Record<string, string> }
  if (object.kind === 'Secret') return { ...object, data: Object.keys(data ?? {}).sort() }
  if (object.kind === 'CustomResourceDefinition') return withoutNull(object, CRD_DETAILS)
  if (object.kind !== 'ConfigMap') return withoutNull(object)
  const texts = Object.entries(data ?? {}).map(([key, text]) => [key, load(text)] as const)
  return withoutNull({ ...object, data: Object.fromEntries(texts) })
}

/** `listKind` has a default; the others are for people. */
const CRD_DETAILS = new Set(['schema', 'description', 'listKind', 'controller-gen.kubebuilder.io/version'])

function withoutNull(value: unknown, omitted: ReadonlySet<string> = new Set()): unknown {
  if (Array.isArray(value)) return value.map((item) => withoutNull(item, omitted))
  if (typeof value !== 'object' || value === null) return value
  const kept = Object.entries(value)
    .filter(([key]) => !omitted.has(key))
    .map(([key, item]) => [key, withoutNull(item, omitted)] as const)
    .filter(([, item]) => item !== null && !isEmpty(item))
  return Object.fromEntries(kept)
}

function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0
}

function imagesIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(imagesIn)
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, item]) =>
    key === 'image' && typeof item === 'string' ? [item] : imagesIn(item),
  )
}

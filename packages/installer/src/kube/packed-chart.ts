import path from 'node:path'
import type { BundleChart, JsonObject } from '@edgelift/bundle'
import { mustExec, readKubernetesYaml } from '@edgelift/core'
import { z } from 'zod'
import { Crd } from './crds.ts'
import { type Bundle, helmProgram, type Release } from './helm.ts'

const ChartFile = z.object({ version: z.string(), appVersion: z.coerce.string().nullish() })

/** The chart's version and that of its application, as {@link Release.chart} says them. */
export async function packedChart(bundle: Bundle, chart: BundleChart): Promise<string> {
  const text = await mustExec(bundle.host.exec, helmProgram(bundle), [
    'show',
    'chart',
    path.join(bundle.directory, chart.path),
  ])
  const { version, appVersion } = ChartFile.parse(readKubernetesYaml(text)[0])
  return `${version} ${appVersion ?? ''}`
}

/**
 * The CRDs that a chart brings with these values: helm installs them with a release, and never touches them again. Those
 * of a sub-chart that the values switch off are not among them, which `helm show crds` would list.
 */
export async function chartCrds(bundle: Bundle, chart: BundleChart, values: JsonObject): Promise<Crd[]> {
  const objects = await renderedObjects(bundle, chart, values)
  return objects.flatMap((object) => Crd.safeParse(object).data ?? [])
}

const Rendered = z.looseObject({ kind: z.string(), metadata: z.looseObject({ name: z.string() }) })

/** What a chart makes with these values, its CRDs and what its hooks make among it. */
export async function renderedObjects(
  bundle: Bundle,
  chart: BundleChart,
  values: JsonObject,
): Promise<z.infer<typeof Rendered>[]> {
  const file = path.join(bundle.directory, chart.path)
  const args = ['template', chart.release, file, '-n', chart.namespace, '--include-crds', '-f', '-']
  const text = await mustExec(bundle.host.exec, helmProgram(bundle), args, { input: JSON.stringify(values) })
  return readKubernetesYaml(text).flatMap((document) => Rendered.safeParse(document).data ?? [])
}

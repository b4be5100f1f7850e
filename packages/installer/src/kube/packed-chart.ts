import path from 'node:path'
import type { BundleChart, JsonObject } from '@edgelift/bundle'
import { mustExec } from '@edgelift/core'
import { z } from 'zod'
import { readYamlOutput } from '../node/output.ts'
import { Crd } from './crds.ts'
import { type Bundle, helmProgram, type Release } from './helm.ts'

/** Milliseconds for a helm that reads a chart and asks no cluster: a second as a rule, more on a machine that starts pods. */
const READING = 60_000

const ChartFile = z.tuple([z.object({ version: z.string(), appVersion: z.coerce.string().nullish() })])

/** The chart's version and that of its application, as {@link Release.chart} says them. */
export async function packedChart(bundle: Bundle, chart: BundleChart): Promise<string> {
  const args = ['show', 'chart', path.join(bundle.directory, chart.path)]
  const program = helmProgram(bundle)
  const text = await mustExec(bundle.host.exec, program, args, { timeout: READING })
  const [{ version, appVersion }] = readYamlOutput(ChartFile, [program, ...args], text)
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
  const options = { input: JSON.stringify(values), timeout: READING }
  const program = helmProgram(bundle)
  const text = await mustExec(bundle.host.exec, program, args, options)
  const documents = readYamlOutput(z.array(z.unknown()), [program, ...args], text)
  return documents.flatMap((document) => Rendered.safeParse(document).data ?? [])
}

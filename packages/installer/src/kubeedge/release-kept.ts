import type { BundleChart } from '@edgelift/bundle'
import type { Text } from '@edgelift/core'
import { helmProgram } from '../kube/helm.ts'
import type { Cluster } from '../kube/kubectl.ts'
import type { Run } from '../steps/run.ts'
import { keptPsk, PSK_FILE } from './psk.ts'
import { pskInUse, pskPath } from './psk-in-use.ts'

export interface KeptRelease {
  readonly cluster: Cluster
  readonly chart: BundleChart
  /** The operator's own file with the PSK; null: that of the archive's directory. */
  readonly pskFile: string | null
}

/**
 * Says that a release which somebody else installed under a chart's name (the guide's manual path) stays, and with
 * EdgeMesh's its PSK: the operator must know which one edges and the gateway share.
 */
export async function releaseKept(run: Run, { cluster, chart, pskFile }: KeptRelease): Promise<Text> {
  const { release, namespace } = chart
  const kept: Text = {
    en: `helm release ${namespace}/${release} was not installed by edgelift and is kept as it is`,
    zh: `helm release ${namespace}/${release} 不是由 edgelift 安装的，保持不变`,
  }
  const path = pskPath(chart)
  const psk = path === undefined ? undefined : await pskInUse(cluster, run)
  if (psk === undefined) return kept
  const file = pskFile ?? `${run.directory}/${PSK_FILE}`
  const isSame = psk === (await keptPsk(run.directory, pskFile ?? undefined).catch(() => undefined))
  const show = `${helmProgram(run)} get values ${release} -n ${namespace} --all --kubeconfig ${cluster.kubeconfig}`
  return isSame
    ? {
        en: `${kept.en}; the PSK in force is the one in ${file}`,
        zh: `${kept.zh}；生效的 PSK 即 ${file} 中的 PSK`,
      }
    : {
        en: `${kept.en}; the PSK in force is the release's (${path?.join('.')} in "${show}"), not the one in ${file}`,
        zh: `${kept.zh}；生效的是该 release 的 PSK（“${show}”中的 ${path?.join('.')}），而不是 ${file} 中的 PSK`,
      }
}

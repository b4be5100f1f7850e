import type { BundleChart } from '@edgelift/bundle'
import type { Text } from '@edgelift/core'
import { K3S_UNIT } from '../k3s/files.ts'
import { formatKubectl, KUBECONFIG } from '../kube/access.ts'
import { releaseValues } from '../kube/helm.ts'
import { type Cluster, type ClusterAccess, kubectl, NO_API, tryKubectl } from '../kube/kubectl.ts'
import { renderedObjects } from '../kube/packed-chart.ts'
import { DAY, dayOf } from '../node/certificate-end.ts'
import { runningUnits, unitWords } from '../node/units.ts'
import { waitUntil } from '../node/wait.ts'
import { fail } from '../problem/codes.ts'
import type { Run } from '../steps/run.ts'
import { defineStep } from '../steps/step.ts'
import { waitForChart } from './chart-wait.ts'
import { cloudCoreEnds, type SecretEnd } from './cloudcore-certificates.ts'
import { cloudCoreChart } from './hub-certificate.ts'
import { NAMESPACE } from './namespace.ts'
import { objectsReady } from './ready-objects.ts'
import { lastStart } from './restarts.ts'

export interface CloudCoreCertificatesInputs {
  readonly cluster: ClusterAccess
  /** Days before their end from which on certificates are renewed. */
  readonly days: number
  /** CloudCore's node; null where the receipt does not name it. */
  readonly nodeName: string | null
}

const CLOUDCORE = 'deployment/cloudcore'

const NAMES = {
  cloudhub: { en: "CloudHub's certificate", zh: 'CloudHub 证书' },
  cloudstream: { en: "CloudStream's certificate", zh: 'stream 证书（CloudStream）' },
} as const

/**
 * Has CloudCore's certificates issued once more: CloudHub's by CloudCore, from the same CA, when its Secret is gone at a
 * start; CloudStream's by the chart, which makes a new one at each rendering and never gives it to an existing release.
 * CloudCore reads them at its start: edges reconnect within a minute, their pods keep running.
 */
export const cloudCoreCertificates = defineStep<CloudCoreCertificatesInputs>({
  id: 'cloudcore-certificates',
  title: { en: "renew CloudCore's certificates before they expire", zh: '在到期前续签 CloudCore 证书' },
  async check(run, inputs) {
    const cluster: Cluster = { host: run.host, ...inputs.cluster }
    const ends = await cloudCoreEnds(cluster)
    return ends !== undefined && ending(ends, run, inputs).length === 0 && (await areRead(cluster, ends))
  },
  async apply(run, inputs) {
    const cluster: Cluster = { host: run.host, ...inputs.cluster }
    const ends = await readableEnds(run, cluster)
    const due = ending(ends, run, inputs)
    if (due.length === 0) {
      if (await areRead(cluster, ends)) return
      run.report({ type: 'note', level: 'warning', text: UNREAD })
    }
    for (const end of due) {
      run.report({ type: 'note', level: 'warning', text: renews(end, run.host.now()) })
      if (end.name === 'cloudstream') await replaceStream(run, cluster)
      else
        await kubectl(cluster, ['-n', NAMESPACE, 'delete', 'secret', 'cloudcoresecret', '--ignore-not-found'])
    }
    await kubectl(cluster, ['-n', NAMESPACE, 'rollout', 'restart', CLOUDCORE])
    await waitForChart(run, {
      id: 'cloudcore-certificates',
      what: { en: 'CloudCore runs with its new certificates', zh: 'CloudCore 使用新证书运行' },
      chart: { namespace: NAMESPACE },
      cluster,
      nodeName: inputs.nodeName,
      look: () => worksWithThem(run, cluster, inputs),
    })
  },
})

/** Its pod reports ready before it has read them: what CloudCore writes at each start proves that it lives on with them. */
async function worksWithThem(
  run: Run,
  cluster: Cluster,
  inputs: CloudCoreCertificatesInputs,
): Promise<true | Text> {
  const found = await cloudCoreEnds(cluster)
  if (found === undefined) return NO_API
  const isReissued = found.some(({ name }) => name === 'cloudhub')
  if (ending(found, run, inputs).length > 0 || !isReissued)
    return { en: 'a certificate has not been renewed yet', zh: '证书尚未续签' }
  const done = await tryKubectl(cluster, '-n', NAMESPACE, 'rollout', 'status', CLOUDCORE, '--timeout=20s')
  if (done === undefined) return { en: 'its pod is not ready', zh: '其 Pod 未就绪' }
  const chart = cloudCoreChart(run.manifest.charts)
  return chart === undefined || objectsReady(cluster, chart, inputs.nodeName)
}

type Renewable = SecretEnd & { readonly name: keyof typeof NAMES }

const UNREAD = {
  en: 'CloudCore has not read its new certificates yet: it restarts; edges reconnect within a minute',
  zh: 'CloudCore 尚未读取新证书：将重启 CloudCore，边缘节点一分钟内重新连接',
}

/** Certificates that an API says nothing of are not up to date: after a boot it takes a while to respond. */
async function readableEnds(run: Run, cluster: Cluster): Promise<SecretEnd[]> {
  const { host } = run
  const isOwn = cluster.kubeconfig === KUBECONFIG
  const found: SecretEnd[] = []
  await waitUntil({
    ...run,
    services: { host, units: isOwn ? [K3S_UNIT] : [] },
    id: 'cloudcore-certificates',
    what: { en: "Kubernetes' API responds", zh: 'Kubernetes API 有响应' },
    deadline: 240,
    look: async () => {
      const ends = await cloudCoreEnds(cluster)
      found.push(...(ends ?? []))
      if (ends !== undefined) return true
      if (isOwn && (await runningUnits(host, [K3S_UNIT]))?.length === 0) return STOPPED
      return { en: 'the API does not respond yet', zh: 'API 尚无响应' }
    },
    words: isOwn ? unitWords(host, K3S_UNIT) : async () => '',
    fix: {
      en: `see ${formatKubectl(cluster)} get --raw /readyz`,
      zh: `查看 ${formatKubectl(cluster)} get --raw /readyz`,
    },
  })
  return found
}

const STOPPED = {
  hopeless: { en: 'K3s does not run', zh: 'K3s 未运行' },
  fix: { en: 'run ./install.sh, which starts it', zh: '请执行 ./install.sh 启动 K3s' },
}

/**
 * Whether CloudCore was started since its certificates were issued. A run that was killed before the restart leaves it with
 * those that it had; where CloudHub's is gone, CloudCore issues it at its next start.
 */
async function areRead(cluster: Cluster, ends: readonly SecretEnd[]): Promise<boolean> {
  const started = await lastStart(cluster, CLOUDCORE, NAMESPACE)
  const found = (name: SecretEnd['name']) => ends.find((end) => end.name === name)
  if (started === undefined || found('kubeedge-ca') === undefined) return true
  return found('cloudhub') !== undefined && (found('cloudstream')?.begins ?? 0) <= started
}

function ending(
  ends: readonly SecretEnd[],
  { host }: Run,
  { days }: CloudCoreCertificatesInputs,
): Renewable[] {
  const isRenewable = (end: SecretEnd): end is Renewable => end.name in NAMES
  return ends.filter(isRenewable).filter(({ ends: at }) => at - host.now() <= days * DAY)
}

function renews({ name, place, ends }: Renewable, now: number) {
  const isOver = ends <= now
  return {
    en: `${NAMES[name].en} ${isOver ? 'expired' : 'expires'} on ${dayOf(ends)} (${place}): it is renewed, and CloudCore restarts; edges reconnect within a minute`,
    zh: `${NAMES[name].zh}${isOver ? '已于' : '将于'} ${dayOf(ends)} 过期（${place}）：将续签并重启 CloudCore，边缘节点一分钟内重新连接`,
  }
}

async function replaceStream(run: Run, cluster: Cluster): Promise<void> {
  const chart = cloudCoreChart(run.manifest.charts)
  const secret = chart && (await renderedSecret(run, cluster, chart))
  if (secret === undefined)
    throw fail('STEP_FAILED', {
      what: { en: "CloudStream's certificate cannot be renewed", zh: '无法续签 stream 证书（CloudStream）' },
      because: {
        en: 'no chart of this archive makes a Secret cloudcore with stream.crt',
        zh: '本离线包中没有 chart 会生成含 stream.crt 的 Secret cloudcore',
      },
      fix: { en: 'use the archive that was installed', zh: '请使用安装时的离线包' },
    })
  // Its key must be in no process list.
  await kubectl(cluster, ['replace', '-f', '-'], JSON.stringify(secret))
}

async function renderedSecret(run: Run, cluster: Cluster, chart: BundleChart): Promise<object | undefined> {
  const values = (await releaseValues(run, cluster, chart)) ?? {}
  for (const { kind, metadata, ...rest } of await renderedObjects(run, chart, values)) {
    if (kind !== 'Secret' || metadata.name !== 'cloudcore') continue
    return { kind, ...rest, metadata: { ...metadata, namespace: chart.namespace } }
  }
  return undefined
}

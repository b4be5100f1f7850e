import { z } from 'zod'
import type { Inspection, InspectionRequest } from '../inspect/inspection.ts'
import { K3S_CONFIG } from '../k3s/files.ts'
import { listOf } from '../kube/list.ts'
import { EDGE_CERTIFICATE, EDGECORE_CONFIG } from '../kubeedge/edgecore-config.ts'
import { metaServerList } from '../kubeedge/meta-server.ts'
import { existsOnHost, type Host, readHostFile } from '../node/host.ts'
import { readConfig } from '../node/read-config.ts'
import { nodeNameOf } from '../settings/edge.ts'
import type { EdgeSettings } from '../settings/schema.ts'
import type { Receipt } from '../state/receipt.ts'
import type { Finding } from './finding.ts'

/** Settings that an installed node cannot take over: they are refused before anything is done, never half applied. */
export async function changedSettings(
  request: Pick<InspectionRequest, 'host' | 'settings' | 'kubeEdgeOnly'>,
  { receipt, facts }: Pick<Inspection, 'receipt' | 'facts'>,
): Promise<Finding[]> {
  const { host, settings } = request
  if (receipt === undefined || receipt.role !== settings.role) return []
  const nodeName = nodeNameOf(settings, facts)
  // Where the file that says it is gone or damaged. One that was never complete may not have registered its node.
  const recorded = receipt.completed === undefined ? undefined : receipt.node.name
  if (settings.role === 'cloud') {
    const kind = changedKind(receipt, request.kubeEdgeOnly)
    return kind.length > 0 || receipt.kubeEdgeOnly !== undefined
      ? kind
      : changedName((await k3sNodeName(host)) ?? recorded, nodeName)
  }
  return [
    ...changedRuntime(receipt, settings),
    ...((await existsOnHost(host, EDGE_CERTIFICATE))
      ? await changedNode(host, settings, { nodeName, recorded })
      : []),
  ]
}

function changedKind({ kubeEdgeOnly: then }: Receipt, now: Receipt['kubeEdgeOnly']): Finding[] {
  if (then?.kubeconfig === now?.kubeconfig) return []
  const spoken = (only: Receipt['kubeEdgeOnly']) =>
    only === undefined ? './install.sh' : `./install-kubeedge-only.sh --kubeconfig ${only.kubeconfig}`
  return [refused(`${spoken(then)} → ${spoken(now)}`, spoken(then))]
}

const K3sConfig = z.object({ 'node-name': z.string() })

async function k3sNodeName(host: Host): Promise<string | undefined> {
  const parsed = K3sConfig.safeParse(readConfig((await readHostFile(host, K3S_CONFIG)) ?? ''))
  return parsed.success ? parsed.data['node-name'] : undefined
}

function changedName(then: string | undefined, now: string): Finding[] {
  return then === undefined || then === now
    ? []
    : [refused(`nodeName: ${then} → ${now}`, `nodeName: ${then}`)]
}

function changedRuntime({ settings: then }: Receipt, { containerd }: EdgeSettings): Finding[] {
  if (then.containerd === undefined || then.containerd === containerd) return []
  return [
    refused(
      `containerd: ${String(then.containerd)} → ${containerd}`,
      `containerd: ${String(then.containerd)}`,
    ),
  ]
}

const Taint = z.object({ key: z.string(), value: z.string().optional(), effect: z.string() })
const EdgeCore = z.object({
  modules: z.object({
    edged: z.object({
      hostnameOverride: z.string().optional(),
      nodeLabels: z.record(z.string(), z.string()).nullish(),
      tailoredKubeletConfig: z.object({ registerWithTaints: z.array(Taint).nullish() }).optional(),
    }),
  }),
})
const Nodes = listOf(
  z.object({
    metadata: z.object({ name: z.string(), labels: z.record(z.string(), z.string()).default({}) }),
    spec: z.object({ taints: z.array(Taint).default([]) }).prefault({}),
  }),
)

/** The kubelet gives labels and taints to its node when it registers it, and never again. */
async function changedNode(
  host: Host,
  settings: EdgeSettings,
  { nodeName, recorded }: { readonly nodeName: string; readonly recorded: string | undefined },
): Promise<Finding[]> {
  const parsed = EdgeCore.safeParse(readConfig((await readHostFile(host, EDGECORE_CONFIG)) ?? ''))
  if (!parsed.success) return changedName(recorded, nodeName)
  const { hostnameOverride, nodeLabels, tailoredKubeletConfig } = parsed.data.modules.edged
  const renamed = changedName(hostnameOverride ?? recorded, nodeName)
  if (renamed.length > 0) return renamed
  const labels = difference(
    Object.entries(nodeLabels ?? {}).map(formatLabel),
    Object.entries(settings.labels).map(formatLabel),
  )
  const taints = difference(
    (tailoredKubeletConfig?.registerWithTaints ?? []).map(formatTaint),
    settings.taints.map(formatTaint),
  )
  if (labels.length + taints.length === 0) return []
  const nodes = Nodes.safeParse(await metaServerList(host, '/api/v1/nodes')).data?.items ?? []
  const live = nodes.find(({ metadata }) => metadata.name === nodeName)
  if (live !== undefined) {
    const has = new Set([
      ...Object.entries(live.metadata.labels).map(formatLabel),
      ...live.spec.taints.map(formatTaint),
    ])
    if ([...labels, ...taints].every(({ text, wanted }) => has.has(text) === wanted)) return []
  }
  const lines = [
    ...labels.map(
      ({ text, wanted }) =>
        `kubectl label node ${nodeName} ${wanted ? `${text} --overwrite` : text.replace(/=.*$/, '-')}`,
    ),
    ...taints.map(({ text, wanted }) => `kubectl taint node ${nodeName} ${wanted ? text : `${text}-`}`),
  ]
  return [onTheCloud(lines)]
}

interface Difference {
  readonly text: string
  /** False: it is there and should not be. */
  readonly wanted: boolean
}

function difference(then: readonly string[], now: readonly string[]): Difference[] {
  return [
    ...then
      .filter((text) => !now.includes(text) && !now.some((other) => sameKey(other, text)))
      .map((text) => ({ text, wanted: false })),
    ...now.filter((text) => !then.includes(text)).map((text) => ({ text, wanted: true })),
  ]
}

/** A label whose value changed is set again; a taint with another effect is another taint. */
function sameKey(a: string, b: string): boolean {
  return !a.includes(':') && a.split('=', 1)[0] === b.split('=', 1)[0]
}

function formatLabel([key, value]: [string, string]): string {
  return `${key}=${value}`
}

function formatTaint({
  key,
  value,
  effect,
}: {
  key: string
  value?: string | undefined
  effect: string
}): string {
  return `${key}${value ? `=${value}` : ''}:${effect}`
}

function refused(change: string, then: string): Finding {
  return {
    code: 'ANSWER_CHANGED',
    severity: 'error',
    seen: {
      en: `this machine is installed, and a setting has changed: ${change}`,
      zh: `本机已安装，但安装参数发生变化：${change}`,
    },
    matters: { en: 'an installed node cannot take over this change', zh: '已安装的节点无法应用该变化' },
    fix: {
      en: `keep ${then}; or run ./cleanup.sh first and install again`,
      zh: `保持 ${then}；或先执行 ./cleanup.sh 再重新安装`,
    },
  }
}

function onTheCloud(lines: readonly string[]): Finding {
  return {
    code: 'ANSWER_CHANGED',
    severity: 'error',
    seen: {
      en: 'labels or taints have changed, but this node is registered already',
      zh: '标签或污点发生变化，而本节点已注册',
    },
    matters: {
      en: 'a node gets them when it registers; after that, change them on the cloud node',
      zh: '节点仅在注册时获得标签和污点，之后需在云端修改',
    },
    fix: {
      en: `on the cloud: ${lines.join('; ')}; then run it again`,
      zh: `在云端执行：${lines.join('; ')}；然后重新运行`,
    },
  }
}

import type { Lang, Text } from '@edgelift/core'
import type { Paint } from '@edgelift/core/cli'
import {
  type CertificateEnd,
  certificateEnds,
  damagedCertificates,
  unreadCertificate,
} from '../inspect/certificates.ts'
import { gatherFacts } from '../inspect/gather.ts'
import { addressTowards } from '../inspect/network.ts'
import { type SettingsInEffect, settingsInEffect } from '../inspect/settings-in-effect.ts'
import { type UnitsDown, unitsDown } from '../inspect/stopped-units.ts'
import { versionsSeen } from '../inspect/versions-seen.ts'
import { installedSteps } from '../install/installed-steps.ts'
import { clusterOf, type Place } from '../kube/access.ts'
import { chosenNode, clusterNodes, edgesAway } from '../kube/nodes.ts'
import { cloudCoreRuns } from '../kubeedge/cloudcore-deployment.ts'
import { isHubConnected } from '../kubeedge/hub-connection.ts'
import type { ClusterVersions } from '../kubeedge/versions.ts'
import { MESH_UNIT } from '../mesh/places.ts'
import { type MeshStatus, meshStatus, meshStatusText } from '../mesh/status.ts'
import type { Facts } from '../node/facts.ts'
import type { Host } from '../node/host.ts'
import { commandOnEdges } from '../preflight/moved-address.ts'
import { dialledAddress, type KnownNode } from '../settings/cloud.ts'
import type { Settings } from '../settings/schema.ts'
import type { Receipt } from '../state/receipt.ts'
import { settingsOfReceipt } from '../state/settings-of-receipt.ts'
import { launcherOf } from '../state/way-back.ts'
import { driftOfSteps, type StepDrift } from '../steps/drift.ts'
import { certificateDocument, certificatesText, damagedText, unreadText } from './certificates-text.ts'
import { driftLines } from './drift-text.ts'
import { orNothing, settingsText } from './settings-text.ts'
import { versionsText } from './versions-text.ts'

interface Seen {
  readonly settings: SettingsInEffect
  readonly certificates: readonly CertificateEnd[]
  /** Files of K3s with certificates or keys that are none any more. */
  readonly damaged: readonly string[]
  /** Undefined where this archive is not the one that was installed, or not wholly. */
  readonly drift?: readonly StepDrift[] | undefined
  /** Of an edge; undefined on the cloud, and where it cannot be told. */
  readonly connected?: boolean | undefined
  /** Of a cloud that is installed: whether CloudCore runs; null while its API does not respond. */
  readonly cloudCore?: boolean | null | undefined
  readonly mesh?: MeshStatus | undefined
  /** Services that are not up; that of the mesh refresh stands in `mesh`. Undefined while systemd does not say. */
  readonly down: UnitsDown | undefined
  readonly versions?: ClusterVersions | undefined
  readonly moved?: Moved | undefined
}

/** The cloud's address has moved, and not every edge is known to have followed. */
interface Moved {
  readonly from: readonly string[]
  /** Edges that are not Ready; null while the cluster cannot be asked. */
  readonly edges: readonly string[] | null
  /** Where edges find it now. */
  readonly to: string | undefined
}

/** What the node and its cluster tell of an installation: for programs, and for people. */
export async function seenInstallation(
  place: Place,
  receipt: Receipt,
  signal: AbortSignal,
): Promise<{ readonly document: object; readonly lines: (lang: Lang, paint: Paint) => string[] }> {
  const seen = await seenOf(place, receipt, signal)
  const { settings, certificates, damaged, drift, connected, cloudCore, mesh, down, versions, moved } = seen
  const now = place.host.now()
  const unread = unreadCertificate(receipt, certificates)
  return {
    document: {
      settings,
      ...(connected === undefined ? {} : { connected }),
      ...(cloudCore === undefined ? {} : { cloudCore }),
      stopped: down?.stopped ?? [],
      ...(down === undefined || down.unsettled.length === 0 ? {} : { unsettled: down.unsettled }),
      ...(down === undefined ? { stoppedUnknown: true } : {}),
      ...(mesh === undefined ? {} : { meshRefresh: { running: mesh.running, ...mesh.state } }),
      ...(versions === undefined ? {} : { versions }),
      ...(moved === undefined ? {} : { moved: { from: moved.from, edges: moved.edges } }),
      certificates: certificates.map((one) => certificateDocument(one, now)),
      ...(damaged.length === 0 ? {} : { damaged }),
      drift: drift ?? null,
    },
    lines: (lang, paint) => [
      ...downTexts(down).map((text) => text[lang]),
      ...(connected === undefined ? [] : [CONNECTED[connected ? 'yes' : 'no'][lang]]),
      ...(cloudCore === undefined ? [] : [CLOUDCORE[`${cloudCore}`][lang]]),
      ...(moved === undefined ? [] : [movedText(moved)[lang]]),
      ...(mesh === undefined ? [] : [meshStatusText(mesh)[lang]]),
      ...(versions === undefined ? [] : versionsText(versions, lang)),
      ...settingsText(settings, lang),
      ...certificatesText(certificates, now, lang, paint),
      ...(damaged.length === 0 ? [] : [paint.red(damagedText(damaged)[lang])]),
      ...(unread === undefined ? [] : [unreadText(unread, lang)]),
      ...driftLines(drift ?? [], launcherOf(receipt), lang, paint),
    ],
  }
}

const CONNECTED = {
  yes: { en: 'EdgeCore is connected to the cloud', zh: 'EdgeCore 已连接云端' },
  no: {
    en: 'EdgeCore is not connected to the cloud: ./edgelift doctor',
    zh: 'EdgeCore 未连接云端：./edgelift doctor',
  },
} as const satisfies Record<string, Text>

const CLOUDCORE = {
  true: { en: 'CloudCore runs', zh: 'CloudCore 正在运行' },
  false: { en: 'CloudCore does not run: ./edgelift doctor', zh: 'CloudCore 未运行：./edgelift doctor' },
  null: {
    en: 'the Kubernetes API does not respond: ./edgelift doctor',
    zh: 'Kubernetes API 无响应：./edgelift doctor',
  },
} as const satisfies Record<string, Text>

function downTexts(down: UnitsDown | undefined): Text[] {
  if (down === undefined)
    return [
      {
        en: 'systemd does not say which services run: ./edgelift doctor',
        zh: 'systemd 无响应，无法确认服务是否在运行：请执行 ./edgelift doctor',
      },
    ]
  const { stopped, unsettled } = down
  const stoppedText = {
    en: `not running: ${stopped.join(', ')}; ./edgelift doctor`,
    zh: `未运行的服务：${stopped.join('、')}；请执行 ./edgelift doctor`,
  }
  const unsettledText = {
    en: `starting, or exiting again and again: ${unsettled.join(', ')}; ./edgelift doctor`,
    zh: `正在启动或反复退出的服务：${unsettled.join('、')}；请执行 ./edgelift doctor`,
  }
  return [...(stopped.length === 0 ? [] : [stoppedText]), ...(unsettled.length === 0 ? [] : [unsettledText])]
}

async function seenOf(place: Place, receipt: Receipt, signal: AbortSignal): Promise<Seen> {
  const { host, directory } = place
  const said = settingsOfReceipt(receipt)
  const facts = await gatherFacts(host, directory, receipt)
  const [settings, certificates, damaged, drift, connected, cloudCore, mesh, units, versions, moved] =
    await Promise.all([
      settingsOf(place, receipt, facts),
      certificateEnds(place, receipt),
      damagedCertificates(host, receipt),
      installedSteps(place, receipt, facts).then(
        (steps) => steps && driftOfSteps(steps, { ...place, receipt, signal }),
      ),
      connectionOf(host, said),
      cloudCoreOf(place, receipt),
      meshStatus(host, receipt),
      unitsDown(host, receipt),
      receipt.completed === undefined ? undefined : versionsSeen(place, said, receipt.kubeEdgeOnly),
      movedOf(place, receipt, facts),
    ])
  const isTold = (unit: string) => unit !== MESH_UNIT
  const down = units && { stopped: units.stopped.filter(isTold), unsettled: units.unsettled.filter(isTold) }
  return { settings, certificates, damaged, drift, connected, cloudCore, mesh, down, versions, moved }
}

async function movedOf(place: Place, receipt: Receipt, facts: Facts): Promise<Moved | undefined> {
  const { formerAddresses: from = [], kubeEdgeOnly } = receipt
  const settings = settingsOfReceipt(receipt)
  if (from.length === 0 || settings.role !== 'cloud') return undefined
  const edges = (await edgesAway(await clusterOf(place, kubeEdgeOnly))) ?? null
  return edges?.length === 0 ? undefined : { from, edges, to: dialledAddress(settings, facts) }
}

function movedText({ from, edges, to }: Moved): Text {
  const command = commandOnEdges(to)
  const away =
    edges === null
      ? { en: '', zh: '' }
      : { en: ` (not Ready: ${edges.join(', ')})`, zh: `（未就绪：${edges.join('、')}）` }
  return {
    en: `the cloud is no longer advertised at ${from.join(', ')}; on each edge that still connects there${away.en}: sudo ${command.en}`,
    zh: `云端不再公布地址 ${from.join('、')}；在仍连接该地址的边缘节点${away.zh}执行：sudo ${command.zh}`,
  }
}

async function settingsOf(place: Place, receipt: Receipt, facts: Facts): Promise<SettingsInEffect> {
  const { host, manifest } = place
  const { kubeEdgeOnly } = receipt
  const settings = settingsOfReceipt(receipt)
  const cloud = settings.role === 'edge' ? settings.cloud?.host : undefined
  const nodes = kubeEdgeOnly && (await clusterNodes(await clusterOf(place, kubeEdgeOnly)))
  const node =
    nodes === undefined
      ? recordedNode(receipt)
      : chosenNode(nodes, { ...facts, nodeName: settings.nodeName })?.node
  const addressToCloud = cloud === undefined ? undefined : await addressTowards(host, cloud)
  return orNothing(() => settingsInEffect({ manifest, settings, facts, addressToCloud, kubeEdgeOnly, node }))
}

/** The node of an existing cluster that does not respond: its name is known from the installation. */
function recordedNode({ kubeEdgeOnly, node: { name } }: Receipt): KnownNode | undefined {
  if (kubeEdgeOnly === undefined || name === undefined) return undefined
  return { name, hostname: name, internalIp: undefined }
}

async function connectionOf(host: Host, settings: Settings): Promise<boolean | undefined> {
  if (settings.role === 'cloud' || settings.cloud === undefined) return undefined
  return isHubConnected(host, settings.cloud.hubPort)
}

async function cloudCoreOf(place: Place, receipt: Receipt): Promise<boolean | null | undefined> {
  if (receipt.role !== 'cloud' || receipt.completed === undefined) return undefined
  return (await cloudCoreRuns(await clusterOf(place, receipt.kubeEdgeOnly))) ?? null
}

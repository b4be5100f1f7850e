import type { BundleManifest } from '@edgelift/bundle'
import { EdgeliftError, type Report } from '@edgelift/core'
import { type HostCni, hostCni } from '../containerd/cni.ts'
import { type EdgeRuntime, edgeRuntime } from '../containerd/runtime.ts'
import { clusterOf } from '../kube/access.ts'
import { apiResponds } from '../kube/kubectl.ts'
import { CLOUDCORE_START } from '../kubeedge/hub-ports.ts'
import type { GivenToken } from '../kubeedge/join-token.ts'
import { fileOfPsk, type PskState, pskState } from '../kubeedge/psk.ts'
import { refusedPskInUse } from '../kubeedge/psk-in-use.ts'
import type { ClusterVersions } from '../kubeedge/versions.ts'
import type { Facts } from '../node/facts.ts'
import type { Host } from '../node/host.ts'
import { ticking } from '../node/ticking.ts'
import { cloudChoice } from '../settings/cloud.ts'
import { nodeNameOf } from '../settings/edge.ts'
import { isOpenToOthers, strangeVariables } from '../settings/environment.ts'
import type { CloudSettings, Settings } from '../settings/schema.ts'
import { changesOf, NOTHING_BEFORE, type Receipt } from '../state/receipt.ts'
import { type CloudFacts, cloudFacts } from './cloud-facts.ts'
import { type ExistingCluster, existingCluster } from './existing-cluster.ts'
import { gatherFacts } from './gather.ts'
import { type InstalledRelease, installedRelease } from './installed-release.ts'
import { rebuiltInCluster } from './lost-cluster-receipt.ts'
import { type FoundInstallation, rebuiltReceipt } from './lost-receipt.ts'
import { addressTowards } from './network.ts'
import { versionsSeen } from './versions-seen.ts'

export interface InspectionRequest {
  readonly host: Host
  readonly directory: string
  readonly manifest: BundleManifest
  readonly settings: Settings
  /** KubeEdge alone, on the cluster of this kubeconfig. */
  readonly kubeEdgeOnly: { readonly kubeconfig: string } | undefined
  /** As it was read; undefined where there is none, and where a normal user may not read it. */
  readonly receipt: Receipt | undefined
  readonly token: GivenToken
  /** Whether this node has a certificate with which EdgeCore can go on. */
  readonly joined: boolean
  /** The file with the join token. */
  readonly tokenIn: string | undefined
  /** Where the backup is unpacked that a cloud is restored from. */
  readonly restore?: string | undefined
  /** Is told each second that the cloud is waited for. */
  readonly report: Report
}

/** All that an installation wants to know of this machine, its cluster and its cloud: asked once, then passed on. */
export interface Inspection {
  readonly facts: Facts
  readonly receipt: Receipt | undefined
  /** The release that is installed, as far as it is known. */
  readonly before: InstalledRelease | undefined
  /** What stands for a receipt that was deleted. */
  readonly found: FoundInstallation | undefined
  readonly joined: boolean
  readonly token: GivenToken
  /** An edge's containerd; undefined on a cloud. */
  readonly runtime: EdgeRuntime | undefined
  /** The pods' network of an existing containerd. */
  readonly cni: HostCni | undefined
  /** Undefined unless KubeEdge alone is installed. */
  readonly cluster: ExistingCluster | undefined
  /** What runs on the cloud and on its edges; undefined where nothing is installed yet, or the cloud is away. */
  readonly peers: ClusterVersions | undefined
  /** What an edge sees of its cloud; undefined on the cloud, and where no cloud is set. */
  readonly cloud: CloudFacts | undefined
  /** This edge's address on its way to the cloud. */
  readonly addressToCloud: string | undefined
  readonly psk: PskState
  /** Files with a join token in them that others may read. */
  readonly openFiles: readonly string[]
  /** The file with EdgeMesh's pre-shared key, where others may read it or own it. */
  readonly openPsk: string | undefined
  /** Names of variables in the environment that look like settings and are none. */
  readonly strangeVariables: readonly string[]
  /** The unpacked backup that a cloud is restored from. */
  readonly restore?: string | undefined
}

/** What a plan is made from. */
export type PlanFacts = Pick<
  Inspection,
  'facts' | 'runtime' | 'cni' | 'cluster' | 'addressToCloud' | 'restore'
>

type PlanFactsRequest = Omit<InspectionRequest, 'token' | 'joined' | 'tokenIn' | 'report'>

/** Looks at what a plan is made from, besides the host's own facts; changes nothing. */
export async function planFacts(request: PlanFactsRequest, facts: Facts): Promise<PlanFacts> {
  const { host, settings, receipt } = request
  const runtime = settings.role === 'edge' ? await edgeRuntime(request, settings.containerd) : undefined
  return {
    facts,
    runtime,
    cni: await cniOf(host, runtime, receipt),
    cluster: await clusterOfRequest(request, facts),
    addressToCloud:
      settings.role === 'edge' ? await addressTowards(host, settings.cloud?.host ?? '') : undefined,
  }
}

/** Looks at everything once; changes nothing. */
export async function inspect(request: InspectionRequest): Promise<Inspection> {
  const { host, directory, settings, kubeEdgeOnly, receipt, joined, token, tokenIn } = request
  const facts = await gatherFacts(host, directory, receipt)
  const found = await planFacts(request, facts)
  return {
    ...found,
    receipt,
    before: receipt && (await installedRelease(host, receipt)),
    found: receipt === undefined && facts.root ? await lostInstallation(request, found) : undefined,
    joined,
    token,
    peers:
      facts.root && receipt !== undefined ? await versionsSeen(request, settings, kubeEdgeOnly) : undefined,
    cloud: await cloudOf(request, facts),
    psk: wantsPsk(settings) ? await pskSeen(request, found, settings) : { state: 'kept' },
    openFiles: tokenIn !== undefined && (await isOpenToOthers(tokenIn)) ? [tokenIn] : [],
    openPsk: wantsPsk(settings) ? await openPsk(directory, settings.pskFile) : undefined,
    strangeVariables: strangeVariables(host.env),
    restore: request.restore,
  }
}

/**
 * What is here though the receipt is not: put into the new one, it is taken back by a cleanup. A cluster that was silent just now
 * is not asked again: nothing is installed in it then.
 */
async function lostInstallation(
  request: InspectionRequest,
  { cluster }: PlanFacts,
): Promise<FoundInstallation | undefined> {
  const { kubeEdgeOnly } = request
  const onHost = await rebuiltReceipt(request)
  if (onHost !== undefined || kubeEdgeOnly === undefined || cluster?.nodes === undefined) return onHost
  const found = await rebuiltInCluster(request, kubeEdgeOnly.kubeconfig)
  return found?.state === 'installed' ? { baseline: NOTHING_BEFORE, steps: found.steps } : undefined
}

/**
 * Where no file holds EdgeMesh's key, the one that it runs with counts; where one does, that of a release which others installed
 * is seen all the same, for it stays. Nothing is known of it while the API is silent.
 */
async function pskSeen(
  request: InspectionRequest,
  { facts, cluster }: PlanFacts,
  settings: CloudSettings,
): Promise<PskState> {
  const { directory, receipt, kubeEdgeOnly } = request
  const seen = await pskState(directory, settings.pskFile)
  const isInstalled = receipt !== undefined || kubeEdgeOnly !== undefined
  if (seen.state === 'unusable' || !facts.root || !isInstalled) return seen
  const access = cluster?.cluster ?? (await clusterOf(request, kubeEdgeOnly))
  const responds = cluster === undefined ? await apiResponds(access) : cluster.nodes !== undefined
  const choice = cloudChoice(settings, facts)
  const refused = responds ? await refusedPskInUse(access, request, choice).catch(unlessSilent) : undefined
  if (refused === undefined) return seen
  if (seen.state === 'made') return { state: 'refused', ...refused }
  return refused.ours ? seen : { state: 'refused', ...refused, takers: [] }
}

/** For `catch`: the step that needs the key tells then what helm says. */
function unlessSilent(error: unknown): undefined {
  if (!(error instanceof EdgeliftError && error.code === 'COMMAND_FAILED')) throw error
}

async function openPsk(directory: string, file: string | undefined): Promise<string | undefined> {
  const kept = fileOfPsk(directory, file)
  return (await isOpenToOthers(kept)) ? kept : undefined
}

/** The pods' network on a host with an existing containerd; undefined where there is none. */
async function cniOf(
  host: Host,
  runtime: EdgeRuntime | undefined,
  receipt: Receipt | undefined,
): Promise<HostCni | undefined> {
  const found = runtime?.found
  const effective = found?.plan.kind === 'by-hand' ? found.effective : found?.plan.effective
  if (effective === undefined) return undefined
  const written = new Set(receipt && changesOf(receipt, 'file').map((change) => change.path))
  return hostCni(host, effective, (file) => written.has(file))
}

async function clusterOfRequest(
  request: PlanFactsRequest,
  facts: Facts,
): Promise<ExistingCluster | undefined> {
  const { settings, kubeEdgeOnly } = request
  if (kubeEdgeOnly === undefined || settings.role === 'edge') return undefined
  return existingCluster(request, kubeEdgeOnly.kubeconfig, { settings, facts })
}

async function cloudOf(
  { settings, host, token, report }: InspectionRequest,
  facts: Facts,
): Promise<CloudFacts | undefined> {
  if (settings.role === 'cloud' || settings.cloud === undefined) return undefined
  const { cloud } = settings
  const title = {
    en: `a response from CloudCore on ${cloud.host}`,
    zh: `云端 ${cloud.host} 的 CloudCore 响应`,
  }
  return ticking({ id: 'cloud', title, report, deadline: CLOUDCORE_START }, () =>
    cloudFacts({
      ...cloud,
      nodeName: nodeNameOf(settings, facts),
      caHash: token.state === 'given' ? token.token.caHash : facts.joinedCa,
      now: host.now,
    }),
  )
}

function wantsPsk(settings: Settings): settings is Extract<Settings, { role: 'cloud' }> {
  return settings.role === 'cloud' && settings.edgemesh
}

import path from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { type BundleManifest, PATHS, type PublicKey, verifyDirectory } from '@edgelift/bundle'
import { EdgeliftError, joinTexts, type Report } from '@edgelift/core'
import { type HostCni, hostCni } from '../containerd/cni.ts'
import { type EdgeRuntime, edgeRuntime } from '../containerd/runtime.ts'
import { type CloudFacts, cloudFacts } from '../inspect/cloud-facts.ts'
import { existingCluster } from '../inspect/existing-cluster.ts'
import { gatherFacts } from '../inspect/gather.ts'
import { lostReceipt } from '../inspect/lost-receipt.ts'
import { addressTowards, linksByAddress } from '../inspect/network.ts'
import { clusterOf } from '../kube/access.ts'
import { pskInUse } from '../kubeedge/charts.ts'
import { type GivenToken, givenToken } from '../kubeedge/join-token.ts'
import { edgemeshPsk, pskState } from '../kubeedge/psk.ts'
import type { Facts } from '../node/facts.ts'
import type { Host } from '../node/host.ts'
import { allowsPlaceholders } from '../preflight/bundle-findings.ts'
import { changedAnswers } from '../preflight/changed-settings.ts'
import { nodeNameOf, type PreflightContext } from '../preflight/context.ts'
import { existingClusterFindings } from '../preflight/existing-cluster-findings.ts'
import { existingContainerdFindings } from '../preflight/existing-containerd-findings.ts'
import type { Finding } from '../preflight/finding.ts'
import { bySeverity, preflight } from '../preflight/preflight.ts'
import { fail } from '../problem/codes.ts'
import { cloudSettings } from '../settings/cloud.ts'
import { edgeSettings } from '../settings/edge.ts'
import { isOpenToOthers, strangeVariables } from '../settings/environment.ts'
import type { Answers } from '../settings/load.ts'
import type { EdgeAnswers } from '../settings/schema.ts'
import { lookBefore } from '../state/baseline.ts'
import { forgetFormerNode } from '../state/former-node.ts'
import { dryLedger, type FreshReceipt, type Ledger, openLedger } from '../state/host-changes.ts'
import { readReceipt } from '../state/receipt.ts'
import { applySteps, type RunResult } from '../steps/runner.ts'
import type { Step } from '../steps/step.ts'
import { requiredKey } from '../trust/trusted-keys.ts'
import { cloudSteps, kubeEdgeOnlySteps } from './cloud-steps.ts'
import { edgeSteps } from './edge-steps.ts'

export interface InstallRequest {
  readonly host: Host
  readonly directory: string
  readonly manifest: BundleManifest
  readonly answers: Answers
  /** KubeEdge alone, on the cluster of this kubeconfig. */
  readonly kubeEdgeOnly: { readonly kubeconfig: string } | undefined
  /** For an edge that has no certificate yet. */
  readonly token?: GivenToken
  readonly report: Report
  readonly signal: AbortSignal
}

/** What the command line knows besides, for preflight alone. */
export interface Asked {
  /** Nothing will be changed. */
  readonly dryRun: boolean
  /** Whether this node has a certificate with which EdgeCore can go on. */
  readonly joined: boolean
  /** With it, the archive's signature has to be there and to hold. */
  readonly publicKey?: PublicKey
  /** The file with the join token. */
  readonly tokenIn: string | undefined
  /** Files that answers were read from or that they name: they may lie in the archive's directory. */
  readonly files: readonly string[]
}

/** What is known before anything is touched. */
export interface Examined {
  readonly facts: Facts
  readonly findings: readonly Finding[]
}

/**
 * The audit of the directory and preflight; changes nothing.
 * @throws the first problem of the audit (exit code 4), which names the others
 */
export async function examine(request: InstallRequest, asked: Asked): Promise<Examined> {
  const { directory, host, manifest, answers, kubeEdgeOnly, token = { state: 'absent' } } = request
  request.report({ type: 'phase', id: 'audit', title: { en: 'check the archive', zh: '校验归档' } })
  await auditDirectory(request, asked)
  request.report({ type: 'phase', id: 'preflight', title: { en: 'look at this machine', zh: '检查本机' } })
  const facts = await gatherFacts(host, directory)
  const context: PreflightContext = {
    manifest,
    directory,
    answers,
    facts,
    allowPlaceholders: allowsPlaceholders(host.env),
    kubeEdgeOnly: kubeEdgeOnly !== undefined,
    dryRun: asked.dryRun,
    cloud: await cloudOf(request, facts),
    joined: asked.joined,
    token,
    openFiles: asked.tokenIn !== undefined && (await isOpenToOthers(asked.tokenIn)) ? [asked.tokenIn] : [],
    strangeVariables: strangeVariables(host.env),
    psk: wantsPsk(answers) ? await pskState(directory, answers.pskFile) : { state: 'kept' },
  }
  const findings = [
    ...preflight(context),
    ...(await changedAnswers(request, facts)),
    ...(await runtimeFindings(request, facts)),
  ]
  return { facts, findings: bySeverity(findings) }
}

/** What of a runtime or a cluster that was there before keeps an installation out; only root can see it. */
async function runtimeFindings(request: InstallRequest, facts: Facts): Promise<Finding[]> {
  const { answers, kubeEdgeOnly, manifest, directory } = request
  if (!facts.root) return []
  if (answers.role === 'edge') {
    if (answers.containerd === 'bundled') return []
    const runtime = await edgeRuntime(request, 'existing')
    return existingContainerdFindings(runtime.found, await cniOf(request.host, runtime))
  }
  if (kubeEdgeOnly === undefined) return []
  const { kubeconfig } = kubeEdgeOnly
  const foreign = await existingCluster(request, kubeconfig, { answers, facts })
  return existingClusterFindings(foreign, { kubeconfig, directory, platform: manifest.platform })
}

/** @throws what is wrong with the first file that is not as it was packed (exit code 4), naming the others */
async function auditDirectory(
  { host, directory, manifest, report }: InstallRequest,
  asked: Asked,
): Promise<void> {
  const { files } = asked
  const publicKey = await requiredKey(host, directory, asked.publicKey)
  const { problems, manifest: audited } = await verifyDirectory(directory, {
    allow: files.map((file) => path.relative(directory, file)).filter((file) => !file.startsWith('..')),
    ...(publicKey === undefined ? {} : { publicKey }),
    onProgress: (done, total) => report({ type: 'transfer', id: 'audit', label: directory, done, total }),
  })
  const [first, ...others] = problems
  if (first === undefined) {
    if (!isDeepStrictEqual(audited, manifest)) throw manifestChanged(directory)
    return
  }
  if (others.length === 0) throw first
  const list = others.map(({ what }) => what)
  throw new EdgeliftError(first.code, first.exit, {
    what: first.what,
    because: joinTexts([...(first.because ? [first.because] : []), ...list], '; '),
    ...(first.fix ? { fix: first.fix } : {}),
  })
}

/** The plan is made from the very manifest that the audit has vouched for. */
function manifestChanged(directory: string): Error {
  return fail('DIRECTORY_UNSAFE', {
    what: {
      en: `${directory}/${PATHS.manifest} changed while it was being verified`,
      zh: `${directory}/${PATHS.manifest} 在校验过程中被改动`,
    },
    fix: { en: 'find out who writes there, then run it again', zh: '请查明是谁在写入，然后重新运行' },
  })
}

function wantsPsk(answers: Answers): answers is Extract<Answers, { role: 'cloud' }> {
  return answers.role === 'cloud' && answers.edgemesh
}

async function cloudOf(
  { answers, host, token }: InstallRequest,
  facts: Facts,
): Promise<CloudFacts | undefined> {
  if (answers.role === 'cloud' || answers.cloud === undefined) return undefined
  return cloudFacts({
    ...answers.cloud,
    nodeName: nodeNameOf(answers, facts),
    caHash: token?.state === 'given' ? token.token.caHash : facts.joinedCa,
    now: host.now,
  })
}

/** Lays the role down. Preflight has to be through, and the node's lock to be held. */
export async function install(request: InstallRequest, facts: Facts): Promise<RunResult> {
  const { host } = request
  const fresh = receiptOf(request)
  const lost = await lostReceipt(host, fresh, await planSteps(request, facts, dryLedger))
  const ledger = await openLedger(host, fresh, { before: () => lookBefore(host), lost })
  const steps = await planSteps(request, facts, ledger)
  // The receipt is written before the first step: a cleanup then knows of a half-done installation too.
  const result = await applySteps(steps, request)
  await ledger.complete()
  if (request.answers.role === 'edge') await forgetFormerNode(host)
  return result
}

/** The steps of this role, for install and cleanup alike. */
export async function planSteps(request: InstallRequest, facts: Facts, ledger: Ledger): Promise<Step[]> {
  const { host, manifest, directory, answers, report, signal } = request
  const context = { host, ledger, manifest, directory, facts, report, signal }
  if (answers.role === 'edge') {
    const addressToCloud = await addressTowards(host, answers.cloud?.host ?? '')
    const settings = edgeSettings(answers, facts, {
      sandboxImage: manifest.settings.sandboxImage,
      addressToCloud,
    })
    const runtime = await edgeRuntime(request, answers.containerd)
    const cni = await cniOf(host, runtime)
    return edgeSteps({ ...context, settings, runtime, cni, token: () => tokenOf(request, answers) })
  }
  const cluster = await clusterOf(request, request.kubeEdgeOnly)
  const psk = () => edgemeshPsk(directory, answers.pskFile, () => pskInUse(cluster, request))
  const { k3sDisable } = manifest.settings
  if (request.kubeEdgeOnly !== undefined) {
    const foreign = await existingCluster(request, request.kubeEdgeOnly.kubeconfig, { answers, facts })
    const settings = cloudSettings(answers, facts, k3sDisable, { node: foreign.node })
    return kubeEdgeOnlySteps({ ...context, settings, cluster, psk }, foreign)
  }
  const settings = cloudSettings(answers, facts, k3sDisable, { deviceOf: await linksByAddress(host) })
  return cloudSteps({ ...context, settings, cluster, psk })
}

/** The pods' network on a host with a containerd of its own; undefined where there is none. */
async function cniOf(host: Host, { found }: EdgeRuntime): Promise<HostCni | undefined> {
  const effective = found?.plan.kind === 'by-hand' ? found.effective : found?.plan.effective
  if (effective === undefined) return undefined
  const claims = new Set((await readReceipt(host))?.claims.map((claim) => claim.path))
  return hostCni(host, effective, (file) => claims.has(file))
}

export function receiptOf({ manifest, directory, answers, kubeEdgeOnly }: InstallRequest): FreshReceipt {
  const { role, lock, edgelift, name } = manifest
  const { token: _secret, ...kept }: Record<string, unknown> = answers
  return {
    bundle: name,
    role,
    lock,
    edgelift,
    directory,
    answers: kept,
    ...(kubeEdgeOnly === undefined ? {} : { kubeEdgeOnly }),
  }
}

/** A node whose certificate is there but useless (run out, of another name) was not asked for a token before. */
async function tokenOf({ token }: InstallRequest, answers: EdgeAnswers): Promise<string> {
  const given = token?.state === 'given' ? token : await givenToken(answers)
  if (given.state !== 'given') throw tokenNeeded()
  return given.token.text
}

function tokenNeeded(): EdgeliftError {
  return fail('ANSWER_NEEDED', {
    what: {
      en: 'tokenFile was not answered, and this node has no certificate yet',
      zh: '未设置 tokenFile，且本节点尚无证书',
    },
    fix: {
      en: 'on the cloud: ./edgelift token --join edge-join.yaml; then here: ./install.sh --config edge-join.yaml',
      zh: '在云端执行 ./edgelift token --join edge-join.yaml；然后在本机执行 ./install.sh --config edge-join.yaml',
    },
  })
}

import { type BundleManifest, verifyDirectory } from '@edgelift/bundle'
import type { EdgeliftError, Report } from '@edgelift/core'
import type { Answers } from './answers/load.ts'
import type { EdgeAnswers } from './answers/schema.ts'
import { pskInUse } from './cloud/charts.ts'
import { K3S, KUBECONFIG } from './cloud/k3s-files.ts'
import type { Cluster } from './cloud/kubectl.ts'
import { edgemeshPsk } from './cloud/psk.ts'
import { cloudSettings } from './cloud/settings.ts'
import { cloudSteps, kubeEdgeSteps } from './cloud/steps.ts'
import { fail } from './codes.ts'
import { forgetFormerNode } from './edge/former-node.ts'
import { checkToken, readToken } from './edge/join.ts'
import { edgeSettings } from './edge/settings.ts'
import { edgeSteps } from './edge/steps.ts'
import type { Facts } from './facts/facts.ts'
import { gatherFacts } from './facts/gather.ts'
import { addressTowards } from './facts/network.ts'
import type { Host } from './host.ts'
import { ALLOW_STAND_INS } from './preflight/bundle-findings.ts'
import type { Finding } from './preflight/finding.ts'
import { preflight } from './preflight/preflight.ts'
import { lookBefore } from './steps/before.ts'
import { type FreshReceipt, type Ledger, openLedger } from './steps/ledger.ts'
import { applySteps, type RunResult } from './steps/runner.ts'
import type { Step } from './steps/step.ts'

export interface InstallRequest {
  readonly host: Host
  readonly directory: string
  readonly manifest: BundleManifest
  readonly answers: Answers
  /** KubeEdge alone, on the cluster of this kubeconfig. */
  readonly kubeEdgeOnly: { readonly kubeconfig: string } | undefined
  readonly report: Report
  readonly signal: AbortSignal
}

/** What is known before anything is touched. */
export interface Examined {
  readonly facts: Facts
  readonly findings: readonly Finding[]
}

/**
 * The audit of the directory and preflight; changes nothing.
 * @throws the first problem of the audit (exit code 4)
 */
export async function examine(request: InstallRequest): Promise<Examined> {
  const { directory, host, manifest, answers } = request
  const { problems } = await verifyDirectory(directory, { allow: filesOfAnswers(answers) })
  const [first] = problems
  if (first !== undefined) throw first
  const facts = await gatherFacts(host, directory)
  const allowStandIns = host.env[ALLOW_STAND_INS] === '1'
  return { facts, findings: preflight({ manifest, answers, facts, allowStandIns }) }
}

/** Lays the role down. Preflight has to be through, and the node's lock to be held. */
export async function install(request: InstallRequest, facts: Facts): Promise<RunResult> {
  const { host } = request
  const ledger = await openLedger(host, receiptOf(request), { before: () => lookBefore(host) })
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
    return edgeSteps({ ...context, settings, token: () => tokenOf(answers, host) })
  }
  const settings = cloudSettings(answers, facts, manifest.settings.k3sDisable)
  const cluster: Cluster = {
    host,
    kubectl: request.kubeEdgeOnly === undefined ? [K3S, 'kubectl'] : ['kubectl'],
    kubeconfig: request.kubeEdgeOnly?.kubeconfig ?? KUBECONFIG,
  }
  const psk = () => edgemeshPsk(directory, answers.pskFile, () => pskInUse(cluster, { directory, manifest }))
  const cloud = { ...context, settings, cluster, psk }
  return request.kubeEdgeOnly === undefined ? cloudSteps(cloud) : kubeEdgeSteps(cloud)
}

function receiptOf({ manifest, directory, answers, kubeEdgeOnly }: InstallRequest): FreshReceipt {
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

async function tokenOf({ token, tokenFile }: EdgeAnswers, host: Host): Promise<string> {
  const now = host.now() / 1000
  if (tokenFile !== undefined) return readToken(tokenFile, now)
  if (token !== undefined) return checkToken(token, 'token', now)
  throw tokenNeeded()
}

function tokenNeeded(): EdgeliftError {
  return fail('ANSWER_NEEDED', {
    what: {
      en: 'tokenFile was not answered, and this node has no certificate yet',
      zh: '未设置 tokenFile，且本节点尚无证书',
    },
    cure: {
      en: 'on the cloud: ./edgelift token --join edge-join.yaml; then here: ./install.sh --config edge-join.yaml',
      zh: '在云端执行 ./edgelift token --join edge-join.yaml；然后在本机执行 ./install.sh --config edge-join.yaml',
    },
  })
}

/** Files of the operator that may lie in the archive's directory because an answer names them. */
function filesOfAnswers(answers: Answers): string[] {
  const named = answers.role === 'edge' ? [answers.tokenFile] : [answers.pskFile]
  return named.flatMap((file) => (file === undefined || file === '-' ? [] : [file.replace(/^\.\//, '')]))
}

import type { Report } from '@edgelift/core'
import { forgetRestore } from '../backup/restore.ts'
import { lookForBaseline } from '../inspect/baseline.ts'
import type { Inspection, InspectionRequest } from '../inspect/inspection.ts'
import { givenToken } from '../kubeedge/join-token.ts'
import { fail } from '../problem/codes.ts'
import { nodeNameOf } from '../settings/edge.ts'
import { forgetFormerNode } from '../state/former-node.ts'
import { openHostChanges, receiptFor } from '../state/host-changes.ts'
import type { Former, ReceiptHead } from '../state/receipt.ts'
import { applySteps, type RunResult } from '../steps/runner.ts'
import { formerRelease, leaveFormer, withWayBack } from './former-release.ts'
import { type FormerAddresses, settleAddresses } from './moved-addresses.ts'
import { planInstall } from './plan.ts'

export interface InstallRequest extends InspectionRequest {
  readonly formerAddresses?: FormerAddresses
  readonly report: Report
  readonly signal: AbortSignal
}

export interface InstallResult extends RunResult {
  /** Where edges may still look for this cloud. */
  readonly formerAddresses: readonly string[]
}

/** Installs the role. Preflight has to have passed, and the node's lock to be held. */
export async function install(request: InstallRequest, inspection: Inspection): Promise<InstallResult> {
  const { host, settings } = request
  const plan = planInstall(inspection, settings, request)
  const { receipt } = inspection
  const former = await formerRelease(request, inspection)
  const known = receipt ?? inspection.found
  const baseline = known?.baseline ?? (await lookForBaseline(host))
  // Left by a restore that was cut off when it was through. While an upgrade is under way, it would look like one to go on with.
  if (request.restore === undefined) await forgetRestore(host)
  // The receipt is written before the first step: a cleanup then knows of a half-done installation too.
  const head = {
    ...headOf(request, inspection),
    images: imagesOf(request, inspection, former),
    ...(former === undefined ? {} : { former }),
    ...(request.formerAddresses?.addresses.length
      ? { formerAddresses: [...request.formerAddresses.addresses] }
      : {}),
  }
  const changes = await openHostChanges(host, receiptFor(head, progressOf(request, known), baseline))
  const result = await applySteps(plan.steps, {
    ...request,
    changes,
    joinToken: () => tokenOf(request),
  }).catch((error: unknown) => {
    throw request.signal.aborted ? error : withWayBack(error, changes.receipt())
  })
  await changes.complete()
  await leaveFormer({ ...request, keepPrevious: settings.keepPrevious }, inspection, changes)
  await forgetRestore(host)
  if (settings.role === 'edge') await forgetFormerNode(host)
  return { ...result, formerAddresses: await settleAddresses(request, changes, result) }
}

/** An upgrade is not complete because the release before it was. */
function progressOf(
  { manifest, receipt }: InstallRequest,
  known: Inspection['receipt'] | Inspection['found'],
): Inspection['receipt'] | Inspection['found'] {
  if (known === undefined || receipt === undefined || receipt.lock === manifest.lock) return known
  return { ...known, completed: undefined }
}

/** What this release brings to the node, added to what earlier ones brought. */
function imagesOf(
  { manifest }: InstallRequest,
  { receipt, cluster }: Inspection,
  former: Former | undefined,
): string[] {
  const brought = (cluster?.images ?? manifest.images).map(({ reference }) => reference)
  return [...new Set([...(receipt?.images ?? former?.images ?? []), ...brought])]
}

function headOf(request: InstallRequest, { facts, cluster }: Inspection): ReceiptHead {
  const { manifest, directory, settings, kubeEdgeOnly } = request
  const { role, lock, edgelift, name, release, versions } = manifest
  const { token: _secret, ...kept }: Record<string, unknown> = settings
  const cloud = settings.role === 'edge' ? settings.cloud?.host : undefined
  const nodeName = cluster?.node?.name ?? nodeNameOf(settings, facts)
  return {
    bundle: name,
    release,
    versions,
    role,
    lock,
    edgelift,
    directory,
    settings: kept,
    node: { name: nodeName, ...(cloud === undefined ? {} : { cloud }) },
    ...(kubeEdgeOnly === undefined ? {} : { kubeEdgeOnly }),
  }
}

/** A node whose certificate is there but useless (expired, of another name) was not asked for a token before. */
async function tokenOf({ token, settings }: InstallRequest): Promise<string> {
  const given = token.state === 'given' || settings.role === 'cloud' ? token : await givenToken(settings)
  if (given.state === 'given') return given.token.text
  throw fail('ANSWER_NEEDED', {
    what: {
      en: 'tokenFile is not set, and this node has no certificate yet',
      zh: '未设置 tokenFile，且本节点尚无证书',
    },
    fix: {
      en: 'on the cloud: ./edgelift token --join edge-join.yaml; then here: ./install.sh --config edge-join.yaml',
      zh: '在云端执行 ./edgelift token --join edge-join.yaml；然后在本机执行 ./install.sh --config edge-join.yaml',
    },
  })
}

import { rm } from 'node:fs/promises'
import type { BundleManifest } from '@edgelift/bundle'
import { EdgeliftError, joinTexts, type Report } from '@edgelift/core'
import { readCopy } from '../backup/copy.ts'
import { copyFormer, dropCopies } from '../backup/former.ts'
import {
  ENDING,
  FORMER,
  type ImageRuntime,
  removeGoneImages,
  reportRemaining,
} from '../backup/gone-images.ts'
import { forgetFormer } from '../containerd/kept-images.ts'
import type { Inspection } from '../inspect/inspection.ts'
import { goneImageFiles } from '../k3s/image-files.ts'
import { K3S_CTR } from '../k3s/places.ts'
import { type Host, onHost } from '../node/host.ts'
import type { HostChanges } from '../state/host-changes.ts'
import type { Former, Receipt } from '../state/receipt.ts'
import { commandBack } from '../state/way-back.ts'
import { forgetWritten } from '../state/written.ts'

/**
 * The release that an installation replaces, with a restorable copy of it: made before the first change of an upgrade,
 * kept by the runs that follow until it is through. Undefined where nothing is replaced.
 */
export async function formerRelease(
  {
    host,
    manifest,
    report,
  }: { readonly host: Host; readonly manifest: BundleManifest; readonly report: Report },
  { receipt, before }: Pick<Inspection, 'receipt' | 'before'>,
): Promise<Former | undefined> {
  if (receipt?.completed === undefined || receipt.lock === manifest.lock) return receipt?.former
  const title = {
    en: `copy what the upgrade of ${receipt.bundle} can destroy`,
    zh: `升级前备份 ${receipt.bundle} 的数据与配置`,
  }
  report({ type: 'phase', id: 'copy', title })
  // A receipt of an earlier version does not name them: then its archive does, where it still lies.
  const images = receipt.images ?? before?.manifest?.images.map(({ reference }) => reference) ?? []
  return copyFormer(host, receipt, images)
}

/** An error of an upgrade also says how to go back. */
export function withWayBack(error: unknown, receipt: Pick<Receipt, 'former' | 'kubeEdgeOnly'>): unknown {
  const found = commandBack(receipt)
  if (found === undefined || !(error instanceof EdgeliftError)) return error
  const { bundle, command } = found
  const back = {
    en: `to go back to ${bundle}: sudo ${command.en}`,
    zh: `如需回退到 ${bundle}：sudo ${command.zh}`,
  }
  const fix = error.fix === undefined ? back : joinTexts([error.fix, back], '\n')
  const because = error.because === undefined ? {} : { because: error.because }
  return new EdgeliftError(error.code, error.exit, { what: error.what, ...because, fix }, { cause: error })
}

interface Leaving {
  readonly host: Host
  readonly manifest: BundleManifest
  readonly keepPrevious: boolean
  readonly report: Report
  readonly signal: AbortSignal
}

/**
 * Once all is through: images, pins and tarballs of earlier releases go, as far as no container needs them any more, and
 * so does the copy, unless the previous release is kept. What is still needed goes at a later run.
 */
export async function leaveFormer(
  leaving: Leaving,
  inspection: Inspection,
  changes: HostChanges,
): Promise<void> {
  const { host, manifest, keepPrevious, report } = leaving
  const { images = [], former } = changes.receipt()
  const kept = keepPrevious && former?.lock !== manifest.lock ? former : undefined
  const wanted = new Set([...manifest.images.map(({ reference }) => reference), ...(kept?.images ?? [])])
  const gone = images.filter((reference) => !wanted.has(reference))
  const runtime = runtimeOf(inspection)
  const seconds = former === undefined ? 0 : ENDING
  // An existing cluster's containerd that was silent may have them: a later run, which knows of it, removes them.
  const untold = inspection.cluster?.silent === undefined ? [] : gone
  const left =
    runtime === undefined || gone.length === 0
      ? untold
      : await removeGoneImages(leaving, changes, { ...runtime, gone, seconds })
  if (runtime !== undefined && former !== undefined)
    reportRemaining(report, await forgetFormer(host, runtime.ctr, kept))
  await removeTarballs(host, changes, { manifest, kept })
  await changes.settle({
    images: [...wanted, ...left].filter((one) => images.includes(one)),
    ...(kept ? { former: kept } : {}),
  })
  await dropCopies(host, kept?.copy)
}

function runtimeOf({ runtime, cluster }: Inspection): ImageRuntime | undefined {
  if (runtime !== undefined) return { ctr: runtime.ctr, shared: runtime.kind === 'existing' }
  if (cluster === undefined) return { ctr: K3S_CTR, shared: false }
  return cluster.runtime && { ctr: cluster.runtime.ctr, shared: true }
}

async function removeTarballs(
  host: Host,
  changes: HostChanges,
  { manifest, kept }: { readonly manifest: BundleManifest; readonly kept: Former | undefined },
): Promise<void> {
  const gone = goneImageFiles(changes.receipt(), manifest)
  if (gone.length === 0) return
  const copy = kept && (await readCopy(host, kept.copy))
  const copied = new Set(copy?.files.map((file) => file.path))
  const going = gone.filter((change) => !copied.has(change.path))
  for (const change of going) {
    await rm(onHost(host, change.path), { force: true })
    await changes.of(FORMER).forget(change)
  }
  await forgetWritten(
    host,
    going.map((change) => change.path),
  )
}

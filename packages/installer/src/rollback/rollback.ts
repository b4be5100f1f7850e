import type { Text } from '@edgelift/core'
import { dropCopies } from '../backup/former.ts'
import { putBack } from '../backup/put-back.ts'
import { hasCertificate } from '../kubeedge/certificate.ts'
import { EDGE_CA, EDGE_CERTIFICATE, EDGE_KEY } from '../kubeedge/edgecore-config.ts'
import { isThere } from '../node/copies.ts'
import { type Host, onHost } from '../node/host.ts'
import { removeLink } from '../node/links.ts'
import { type HostChanges, openHostChanges } from '../state/host-changes.ts'
import { changesOf, hasChange, RECEIPT, type Receipt, type StepRecord } from '../state/receipt.ts'
import { recorded } from '../steps/recorded.ts'
import { reportPhase } from '../steps/runner.ts'
import { restoreFile } from '../uninstall/restore-file.ts'
import { removeFailedImages } from './failed-images.ts'
import type { RollbackRequest } from './request.ts'
import { servicesOf } from './services.ts'

/**
 * Brings the former release back from its copy: programs, configuration, datastore, images. Every part may be repeated,
 * and the receipt names both releases until the last one is through: whatever cuts it off, running it again goes on.
 * @throws what a part threw; the journal then says `failed`
 */
export async function rollback(request: RollbackRequest): Promise<void> {
  const { host, back, receipt, report, signal } = request
  const changes = await openHostChanges(host, receipt)
  const services = servicesOf(request, changes)
  const parts: readonly Part[] = [
    { id: 'stop', title: { en: 'stop the services', zh: '停止服务' }, work: services.stop },
    {
      id: 'files',
      title: { en: 'put programs, configuration and data back', zh: '恢复程序、配置与数据' },
      work: () => putFilesBack(request, changes),
    },
    {
      id: 'start',
      title: { en: `start ${back.record.bundle}`, zh: `启动 ${back.record.bundle}` },
      work: services.start,
    },
    {
      id: 'images',
      title: { en: 'remove images of the release that is left', zh: '移除被回退发布的镜像' },
      work: () => removeFailedImages(request, changes),
    },
    {
      id: 'receipt',
      title: { en: `${back.record.bundle} is installed again`, zh: `${back.record.bundle} 已恢复` },
      work: () => finish(request, changes),
    },
  ]
  for (const [index, { id, title, work }] of parts.entries()) {
    signal.throwIfAborted()
    reportPhase(report, { id, title }, index, parts.length)
    await recorded(request, { action: 'rollback', step: id }, work)
  }
}

interface Part {
  readonly id: string
  readonly title: Text
  readonly work: () => Promise<void>
}

/** What the upgrade added goes, what it replaced comes back. */
async function putFilesBack({ host, back, report }: RollbackRequest, changes: HostChanges): Promise<void> {
  const told = (text: Text) => report({ type: 'note', level: 'info', text })
  const added = changes.receipt().steps.flatMap((step) => step.changes.map((change) => ({ step, change })))
  for (const { step, change } of added.toReversed()) {
    if (hasChange(back.receipt, change)) continue
    if (change.kind === 'file') await restoreFile({ host, told }, change)
    else if (change.kind === 'link') await removeLink(host, change.path, change.to)
    else if (change.kind !== 'unit') continue
    await changes.of({ id: step.stepId, title: step.title }).forget(change)
  }
  const { directory } = back.record
  const hasDirectory = await isThere(onHost(host, directory))
  const isAway = (place: string) => !hasDirectory && place.startsWith(`${directory}/`)
  const links = changesOf(back.receipt, 'link')
  const dangling = new Set(links.filter(({ to }) => isAway(to)).map((link) => link.path))
  const identity = await currentIdentity(host, back.receipt)
  // The receipt names both releases until the end. An archive's directory that was deleted stays away, and no link leads there.
  const stays = (place: string) =>
    place === RECEIPT || dangling.has(place) || isAway(place) || identity.includes(place)
  await putBack(host, back.folder, back.record, (place) => (stays(place) ? undefined : onHost(host, place)))
  for (const link of links) if (!dangling.has(link.path)) await changes.revise(link)
}

/**
 * Files by which the cloud knows an edge, where they are good: EdgeCore has renewed them since the copy was made, or a person has
 * joined the node again. Those of the copy would have expired, or be of a cloud that is no more, and no token is at hand here.
 */
async function currentIdentity(host: Host, { role, node }: Receipt): Promise<readonly string[]> {
  if (role !== 'edge' || !(await hasCertificate(host, node.name ?? ''))) return []
  const isKnown = await isThere(onHost(host, EDGE_CA))
  return [EDGE_CERTIFICATE, EDGE_KEY, ...(isKnown ? [EDGE_CA] : [])]
}

/** The last part: from here on the former release is the one that is installed. */
async function finish({ host, back }: RollbackRequest, changes: HostChanges): Promise<void> {
  const { former: _former, ...receipt } = back.receipt
  const { steps, images } = changes.receipt()
  // An earlier version that knew no images reads no receipt with them.
  const known = receipt.images === undefined || images === undefined ? {} : { images }
  await changes.replace({ ...receipt, steps: bothOf(receipt.steps, steps), ...known })
  await dropCopies(host, undefined)
}

/** What the former release changed, and what of the other one a cleanup still has to take back: folders, services. */
function bothOf(former: readonly StepRecord[], now: readonly StepRecord[]): StepRecord[] {
  const lost = former.map((step) => ({
    ...step,
    changes: step.changes.filter((change) => !hasChange({ steps: now }, change)),
  }))
  return [...lost.filter(({ changes }) => changes.length > 0), ...now]
}

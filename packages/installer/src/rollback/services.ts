import { CONTAINERD_CONFIG, CONTAINERD_UNIT } from '../containerd/files.ts'
import { putBackFormer } from '../containerd/kept-images.ts'
import { edgeRuntime } from '../containerd/runtime.ts'
import { containerdStart } from '../containerd/start-step.ts'
import { K3S_UNIT } from '../k3s/files.ts'
import { k3sStart } from '../k3s/start-step.ts'
import { EDGECORE_UNIT } from '../kubeedge/edgecore-files.ts'
import { join } from '../kubeedge/join-step.ts'
import { doAll } from '../node/do-all.ts'
import { endUnit } from '../node/end-unit.ts'
import { runUnit, untilLasting } from '../node/unit-start.ts'
import { mustStop } from '../node/units.ts'
import type { HostChanges } from '../state/host-changes.ts'
import { changesOf } from '../state/receipt.ts'
import { settingsOfReceipt } from '../state/settings-of-receipt.ts'
import type { Step } from '../steps/step.ts'
import { podsBack } from './pods-back.ts'
import type { RollbackRequest } from './request.ts'

interface Services {
  readonly stop: () => Promise<void>
  readonly start: () => Promise<void>
}

/** What runs on the files that are put back. Containers go on without it. */
export function servicesOf(request: RollbackRequest, changes: HostChanges): Services {
  const { host, back } = request
  const { role, settings } = back.receipt
  const isOwn = role === 'edge' && settings.containerd !== 'existing'
  const started = role === 'cloud' ? [K3S_UNIT] : [EDGECORE_UNIT, ...(isOwn ? [CONTAINERD_UNIT] : [])]
  const former = changesOf(back.receipt, 'unit').map(({ unit }) => unit)
  const others = former.filter((unit) => !started.includes(unit))
  return {
    stop: async () => {
      await mustStop(host, [...started, ...others])
      for (const change of changesOf(changes.receipt(), 'unit')) {
        if (started.includes(change.unit) || others.includes(change.unit)) continue
        await endUnit(host, change.unit, change.programs)
      }
    },
    start: async () => {
      await (role === 'cloud' ? startCloud : startEdge)(request, changes)
      await doAll([
        ...others.map((unit) => () => startLasting(request, unit)),
        async () => role === 'cloud' && podsBack(request),
      ])
    },
  }
}

/** For a service that no step of an installation proves. An upgrade that took it away has disabled it, too. */
async function startLasting(request: RollbackRequest, unit: string): Promise<void> {
  await runUnit(request, unit, [])
  await untilLasting(request, unit)
}

// The steps that start the former release wait, and say what is wrong, as an installation does.

/** K3s imports at its start what lies in its images directory: the former release's images get their names back. */
async function startCloud(request: RollbackRequest, changes: HostChanges): Promise<void> {
  const { receipt, former } = request.back
  const images = former.images.map((reference) => ({ reference }))
  await applyStep(request, changes, k3sStart({ nodeName: receipt.node.name ?? '', images }))
}

async function startEdge(request: RollbackRequest, changes: HostChanges): Promise<void> {
  const { host, directory, manifest, back } = request
  const { receipt, former } = back
  const settings = settingsOfReceipt(receipt)
  if (settings.role !== 'edge') throw new Error('the receipt of an edge is needed')
  const nodeName = receipt.node.name ?? ''
  const { ctr, socket, kind, found } = await edgeRuntime({ host, directory, manifest }, settings.containerd)
  const shared = kind === 'existing'
  const { host: cloudHost, hubPort } = settings.cloud ?? { host: receipt.node.cloud ?? '', hubPort: 10000 }
  const files = [found?.configFile ?? CONTAINERD_CONFIG]
  await applyStep(request, changes, containerdStart({ bundled: !shared, ctr, socket, files }))
  const theirs = new Set(
    changesOf(receipt, 'image').flatMap(({ reference, was }) => (was === 'other' ? [reference] : [])),
  )
  await putBackFormer(host, ctr, { former, theirs })
  // Which agent the cloud runs here is the cloud's affair: it may be of the other release.
  const agentImage = null
  await applyStep(request, changes, join({ nodeName, cloudHost, hubPort, ctr, socket, shared, agentImage }))
}

async function applyStep(request: RollbackRequest, changes: HostChanges, step: Step): Promise<void> {
  const { host, directory, manifest, report, signal } = request
  const run = { host, directory, manifest, report, signal, changes: changes.of(step), joinToken: noToken }
  await step.kind.apply(run, step.inputs as never)
}

function noToken(): Promise<string> {
  throw new Error('a rollback joins no node')
}

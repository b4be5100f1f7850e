import { CONTAINERD_CONFIG, CONTAINERD_UNIT } from '../containerd/files.ts'
import { edgeRuntime } from '../containerd/runtime.ts'
import { containerdStart } from '../containerd/start-step.ts'
import { K3S_UNIT } from '../k3s/files.ts'
import { k3sStart } from '../k3s/start-step.ts'
import { EDGECORE_UNIT } from '../kubeedge/edgecore-files.ts'
import { join } from '../kubeedge/join-step.ts'
import { endProcesses } from '../node/processes.ts'
import { stopUnit } from '../node/units.ts'
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
      await host.exec('systemctl', ['stop', ...started, ...others], { timeout: 120_000 })
      for (const change of changesOf(changes.receipt(), 'unit')) {
        if (started.includes(change.unit) || others.includes(change.unit)) continue
        await stopUnit(host, change.unit)
        await endProcesses(host, { programs: change.programs })
      }
    },
    start: async () => {
      const began = host.now()
      for (const step of await stepsOf(request)) await applyStep(request, changes, step)
      for (const unit of others) await host.exec('systemctl', ['restart', '--no-block', unit])
      if (role === 'cloud') await podsBack(request, began)
    },
  }
}

/** The steps that start the former release, which wait and say what is wrong as an installation does. */
async function stepsOf({ host, directory, manifest, back }: RollbackRequest): Promise<Step[]> {
  const { receipt, former } = back
  const settings = settingsOfReceipt(receipt)
  const nodeName = receipt.node.name ?? ''
  if (settings.role === 'cloud') return [k3sStart({ nodeName, images: former.images })]
  const { ctr, socket, kind, found } = await edgeRuntime({ host, directory, manifest }, settings.containerd)
  const shared = kind === 'existing'
  const cloud = settings.cloud ?? { host: receipt.node.cloud ?? '', hubPort: 10000 }
  return [
    containerdStart({ bundled: !shared, ctr, socket, files: [found?.configFile ?? CONTAINERD_CONFIG] }),
    // Which agent the cloud runs here is the cloud's affair: it may be of the other release.
    join({ nodeName, cloudHost: cloud.host, hubPort: cloud.hubPort, ctr, socket, shared, agentImage: null }),
  ]
}

async function applyStep(request: RollbackRequest, changes: HostChanges, step: Step): Promise<void> {
  const { host, directory, manifest, report, signal } = request
  const run = { host, directory, manifest, report, signal, changes: changes.of(step), joinToken: noToken }
  await step.kind.apply(run, step.inputs as never)
}

function noToken(): Promise<string> {
  throw new Error('a rollback joins no node')
}

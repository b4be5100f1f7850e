import { ask, existsOnHost, onHost } from '../node/host.ts'
import { runUnit } from '../node/unit-start.ts'
import { isActive, isEnabled, mustKnowActive, startedAfter, unitWords } from '../node/units.ts'
import { waitUntil } from '../node/wait.ts'
import { disabled, tellDisabled } from '../steps/drift.ts'
import type { Run } from '../steps/run.ts'
import { defineStep } from '../steps/step.ts'
import type { Ctr } from './ctr.ts'
import { serverVersion } from './ctr-client.ts'
import { containerdDamage, mustHaveDatabase } from './damaged-database.ts'
import { CONTAINERD_UNIT } from './files.ts'

export interface StartInputs {
  /** Of the archive: then it is enabled, and everything that it runs goes with it. */
  readonly bundled: boolean
  readonly ctr: Ctr
  readonly socket: string
  /** A service that was started before one of these was written runs on what was there before. */
  readonly files: readonly string[]
}

const SYSCTL_FILE = '/etc/sysctl.d/90-edgelift.conf'

export const containerdStart = defineStep<StartInputs>({
  id: 'containerd-start',
  title: { en: 'start containerd', zh: '启动 containerd' },
  check: async (run, inputs) =>
    (!inputs.bundled || (await isEnabled(run.host, CONTAINERD_UNIT))) &&
    (await isActive(run.host, CONTAINERD_UNIT)) &&
    (await isReady(run, inputs)) &&
    (await containerdDamage(run.host, inputs.ctr)) === undefined,
  async drift({ host }, { bundled, ctr }) {
    const damage = await containerdDamage(host, ctr)
    return [
      ...(bundled ? await disabled(host, CONTAINERD_UNIT) : []),
      ...(damage === undefined
        ? []
        : [{ kind: 'service', place: CONTAINERD_UNIT, state: 'damaged', fields: [damage] } as const]),
    ]
  },
  async apply(run, inputs) {
    const { host, changes } = run
    const { bundled, ctr, files, socket } = inputs
    await ask(host, 'modprobe', '-a', 'overlay', 'br_netfilter')
    await ask(host, 'sysctl', '-q', '-p', onHost(host, SYSCTL_FILE))
    if (bundled) {
      await tellDisabled(run, CONTAINERD_UNIT)
      await changes.record({ kind: 'pods', socket })
      await changes.record({ kind: 'unit', unit: CONTAINERD_UNIT, programs: ['/usr/local/bin/containerd'] })
    } else if (!(await mustKnowActive(host, CONTAINERD_UNIT)))
      await changes.record({ kind: 'started', unit: CONTAINERD_UNIT })
    await runUnit(run, CONTAINERD_UNIT, files, { enable: bundled })
    await waitUntil({
      ...run,
      services: { host, units: [CONTAINERD_UNIT] },
      id: 'containerd',
      what: { en: 'containerd is ready', zh: 'containerd 就绪' },
      deadline: 60,
      look: async () => (await isReady(run, inputs)) || { en: 'it does not respond yet', zh: '尚无响应' },
      words: unitWords(host, CONTAINERD_UNIT),
      fix: { en: 'see journalctl -u containerd', zh: '查看 journalctl -u containerd' },
    })
    await mustHaveDatabase(host, ctr, bundled)
  },
})

/** Whether it runs on its present files, and responds. */
async function isReady({ host }: Run, { ctr, files, socket }: StartInputs): Promise<boolean> {
  if (!(await startedAfter(host, CONTAINERD_UNIT, files)) || !(await existsOnHost(host, socket))) return false
  return (await serverVersion(host, ctr)) !== undefined
}

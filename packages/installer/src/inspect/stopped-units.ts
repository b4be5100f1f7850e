import type { Host } from '../node/host.ts'
import { isUpState, unitStates } from '../node/units.ts'
import { changesOf, type Receipt } from '../state/receipt.ts'

/** Services of an installation by what systemd calls them, in the order of their steps. */
export interface UnitsDown {
  readonly stopped: readonly string[]
  /** Neither up nor stopped: one that starts, and as a rule one that exits again and again. */
  readonly unsettled: readonly string[]
}

/** The services of an installation that are not up; undefined while systemd does not say. */
export async function unitsDown(host: Host, receipt: Pick<Receipt, 'steps'>): Promise<UnitsDown | undefined> {
  const units = [...new Set(changesOf(receipt, 'unit').map(({ unit }) => unit))]
  const states = await unitStates(host, units)
  if (states === undefined) return undefined
  const down = units.filter((unit) => !isUpState(states.get(unit)))
  const isUnsettled = (unit: string) => ['activating', 'deactivating'].includes(states.get(unit) ?? '')
  return { stopped: down.filter((unit) => !isUnsettled(unit)), unsettled: down.filter(isUnsettled) }
}

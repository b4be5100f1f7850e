import type { Host } from '../node/host.ts'
import { runningUnits } from '../node/units.ts'
import { changesOf, type Receipt } from '../state/receipt.ts'

/** The services of an installation that do not run, as systemd names them, in the order of their steps. */
export async function stoppedUnits(host: Host, receipt: Pick<Receipt, 'steps'>): Promise<string[]> {
  const units = [...new Set(changesOf(receipt, 'unit').map(({ unit }) => unit))]
  const running = await runningUnits(host, units)
  return units.filter((unit) => !running.includes(unit))
}

import type { Host } from '../node/host.ts'
import { runningUnits } from '../node/units.ts'
import { changesOf, type Receipt } from '../state/receipt.ts'

/**
 * The services of an installation that do not run, as systemd names them, in the order of their steps; undefined while systemd
 * does not say.
 */
export async function stoppedUnits(
  host: Host,
  receipt: Pick<Receipt, 'steps'>,
): Promise<string[] | undefined> {
  const units = [...new Set(changesOf(receipt, 'unit').map(({ unit }) => unit))]
  const running = await runningUnits(host, units)
  return running && units.filter((unit) => !running.includes(unit))
}

import type { Host } from './host.ts'
import { endProcesses } from './processes.ts'
import { mustStop, stopUnit } from './units.ts'

/**
 * Stops and disables a unit, and ends its programs where nothing can stop it any more.
 * @throws STEP_FAILED when it runs on
 */
export async function endUnit(host: Host, unit: string, programs: readonly string[]): Promise<void> {
  const isStopped = await stopUnit(host, unit)
  await endProcesses(host, { programs })
  if (!isStopped) await mustStop(host, [unit])
}

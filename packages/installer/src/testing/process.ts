import type { Trial } from './trial.ts'

const UPTIME = 1000 // of the machine, in seconds
const [FIRST, NEXT] = [7, 8]

/** Seconds that a process has run which ends again and again: it is younger than any wait asks for, however long a test takes. */
export const NEVER_LASTS = -600

/** A unit whose main process has run for so many seconds, and gives way to another one, as old, when it is restarted. */
export async function runsFor(on: Trial, unit: string, seconds: number): Promise<void> {
  const restarted = () => on.calls.some((line) => line.startsWith('systemctl restart') && line.endsWith(unit))
  on.script(`systemctl show -p MainPID ${unit}`, () => `MainPID=${restarted() ? NEXT : FIRST}`)
  on.script(`systemctl is-active ${unit}`, 'active')
  const startsAt = (pid: number | 'self', uptime: number) =>
    // proc(5): the start is field 22, in ticks of 10 ms since the boot.
    on.put(`/proc/${pid}/stat`, `${pid} (x) S ${'0 '.repeat(18)}${Math.round(uptime * 100)} `)
  for (const pid of [FIRST, NEXT]) await startsAt(pid, UPTIME - seconds)
  await startsAt('self', UPTIME - process.uptime())
}

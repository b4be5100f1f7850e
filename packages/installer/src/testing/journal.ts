import type { Trial } from './trial.ts'

/** What a unit has logged: by the process of before, by that which runs, and of the latter since the test began. */
export interface JournalSample {
  readonly former: string
  readonly present?: string
  readonly later?: string
}

/** Has journalctl and systemctl tell of a unit as systemd does. */
export function journalOf(
  on: Trial,
  unit: string,
  { former, present = '', later = '' }: JournalSample,
): void {
  const run = 'f00d'
  on.script(`systemctl show -p InvocationID ${unit}`, `InvocationID=${run}`)
  on.script('journalctl', (args) => {
    if (args.some((one) => one.startsWith('--since='))) return later
    const own = [present, later].filter((text) => text !== '').join('\n')
    if (args.includes(`_SYSTEMD_INVOCATION_ID=${run}`)) return own
    return `${former}\nStopping ${unit}...\nStopped ${unit}.\nStarted ${unit}.\n${own}`
  })
}

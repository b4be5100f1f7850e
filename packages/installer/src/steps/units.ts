import { lastLines, mustExec } from '@edgelift/core'
import { ask, existsOnHost, type Host } from '../host.ts'

/** Makes systemd read its units again, enables a unit and starts it (`--no-block`: the step's own wait tells more). */
export async function startUnit(host: Host, unit: string): Promise<void> {
  await mustExec(host.exec, 'systemctl', ['daemon-reload'])
  await mustExec(host.exec, 'systemctl', ['enable', unit])
  await mustExec(host.exec, 'systemctl', ['reset-failed', unit]).catch(() => '')
  await mustExec(host.exec, 'systemctl', ['start', '--no-block', unit])
}

export async function restartUnit(host: Host, unit: string): Promise<void> {
  await mustExec(host.exec, 'systemctl', ['daemon-reload'])
  await mustExec(host.exec, 'systemctl', ['restart', '--no-block', unit])
}

/** Stops and disables a unit; content when there is none. */
export async function stopUnit(host: Host, unit: string): Promise<void> {
  if (!(await existsOnHost(host, '/run/systemd/system'))) return
  await ask(host, 'systemctl', 'disable', unit)
  await host.exec('systemctl', ['stop', unit], { timeout: 120_000 })
}

export async function isActive(host: Host, unit: string): Promise<boolean> {
  return (await ask(host, 'systemctl', 'is-active', unit)) === 'active'
}

export async function isEnabled(host: Host, unit: string): Promise<boolean> {
  return (await ask(host, 'systemctl', 'is-enabled', unit)) === 'enabled'
}

/** The last lines of a unit's log: the node's own words when a wait expires. */
export async function unitLog(host: Host, unit: string, lines = 20): Promise<string> {
  const log = await ask(host, 'journalctl', '--no-pager', '-o', 'cat', '-n', String(lines), '-u', unit)
  return lastLines(log ?? '', lines)
}

import { rm } from 'node:fs/promises'
import { lastLines, mustExec } from '@edgelift/core'
import { ask, existsOnHost, type Host, onHost } from '../host.ts'

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

/** Stops and disables a unit; content when there is none, and when its file has been deleted under it. */
export async function stopUnit(host: Host, unit: string): Promise<void> {
  const wanted = onHost(host, `/etc/systemd/system/multi-user.target.wants/${unit}`)
  if (await existsOnHost(host, '/run/systemd/system')) {
    await ask(host, 'systemctl', 'disable', unit)
    await host.exec('systemctl', ['stop', unit], { timeout: 120_000 })
    await ask(host, 'systemctl', 'reset-failed', unit)
  }
  // `disable` leaves the link alone when the unit's file is gone.
  await rm(wanted, { force: true })
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

import { rm, stat } from 'node:fs/promises'
import { lastLines } from '@edgelift/core'
import { fail } from '../problem/codes.ts'
import { ask, existsOnHost, type Host, onHost, readHostFile } from './host.ts'
import { hear } from './look.ts'
import { withoutTokens } from './redact.ts'
import { unitProperty } from './unit-property.ts'

/** The service's main process; 0 while there is none, undefined while systemd does not say. */
export async function mainPid(host: Host, unit: string): Promise<number | undefined> {
  const printed = await unitProperty(host, unit, 'MainPID')
  return printed === undefined ? undefined : Number(printed) || 0
}

/**
 * Whether the service's process is younger than all of these files. True when it does not run at all, false while systemd
 * does not say. A file of the future says nothing: the clock was set back since it was written (a machine without a battery
 * boots in 1970), and no restart would make the process younger.
 */
export async function startedAfter(host: Host, unit: string, files: readonly string[]): Promise<boolean> {
  const pid = await mainPid(host, unit)
  if (pid === undefined) return false
  const age = await ageOf(host, pid)
  if (age === undefined) return true
  const now = host.now()
  const started = now - age
  for (const file of files) {
    const found = await stat(onHost(host, file)).catch(() => undefined)
    if (found === undefined || found.mtimeMs > now + ROUNDING) continue
    if (found.mtimeMs > started + ROUNDING) return false
  }
  return true
}

/** Milliseconds since the service's main process began; undefined while there is none, and while systemd does not say. */
export async function processAge(host: Host, unit: string): Promise<number | undefined> {
  const pid = await mainPid(host, unit)
  return pid === undefined ? undefined : ageOf(host, pid)
}

/** Milliseconds since a process began; undefined where there is none. */
export async function ageOf(host: Host, pid: number): Promise<number | undefined> {
  if (pid === 0) return undefined
  const [start, own] = await Promise.all([startOf(host, pid), startOf(host, 'self')])
  if (start === undefined || own === undefined) return undefined
  // Not by /proc/uptime: a container may have its own there (lxcfs), while processes count from the boot of the machine.
  return own + process.uptime() * 1000 - start
}

/** Milliseconds from the boot of the machine to a process' start. */
async function startOf(host: Host, pid: number | 'self'): Promise<number | undefined> {
  const line = await readHostFile(host, `/proc/${pid}/stat`)
  // proc(5): field 22, in ticks of 10 ms.
  return line === undefined ? undefined : Number(line.slice(line.lastIndexOf(')') + 2).split(' ')[19]) * 10
}

const ROUNDING = 30 // milliseconds: both times are in hundredths of a second

const RUNNING = ['active', 'activating', 'deactivating', 'reloading']

/**
 * Stops services whose files are about to be replaced. A unit that is not there is content.
 * @throws STEP_FAILED when one of them runs on: it would write into what is put back
 */
export async function mustStop(host: Host, units: readonly string[]): Promise<void> {
  const { code, stderr } = await host.exec('systemctl', ['stop', ...units], { timeout: 120_000 })
  const states = await statesOf(host, units)
  const left = running(units, states)
  if (left.length > 0) throw runsOn(left, stderr)
  // A systemd that responds names the state of each, also of one that is not there.
  const isSilent = code !== 0 && states.length < units.length
  if (isSilent && (await existsOnHost(host, '/run/systemd/system'))) throw runsOn(units, stderr)
}

function runsOn(units: readonly string[], stderr: string): Error {
  const [list, words] = [units.join(' '), lastLines(withoutTokens(stderr), 5).trim()]
  return fail('STEP_FAILED', {
    what: { en: `cannot stop ${list}`, zh: `无法停止 ${list}` },
    because: words || {
      en: 'it still runs; its files are not replaced under it',
      zh: '仍在运行；不会替换其正在使用的文件',
    },
    fix: {
      en: `see systemctl status ${list}; once it has stopped, run the command again`,
      zh: `请查看 systemctl status ${list}；停止后重新运行`,
    },
  })
}

/** Has systemd forget unit files that were removed. One that does not is of no matter to what was removed, and is not waited for. */
export async function forgetUnitFiles(host: Host): Promise<void> {
  await host.exec('systemctl', ['daemon-reload'], { timeout: 120_000 })
}

/**
 * Stops and disables a unit; content when there is none, and when its file has been deleted under it.
 * @returns whether systemctl did so: false is no error where there is none
 */
export async function stopUnit(host: Host, unit: string): Promise<boolean> {
  let isStopped = true
  const wanted = onHost(host, `/etc/systemd/system/multi-user.target.wants/${unit}`)
  if (await existsOnHost(host, '/run/systemd/system')) {
    await ask(host, 'systemctl', 'disable', unit)
    isStopped = (await host.exec('systemctl', ['stop', unit], { timeout: 120_000 })).code === 0
    await ask(host, 'systemctl', 'reset-failed', unit)
  }
  // `disable` leaves the link alone when the unit's file is gone.
  await rm(wanted, { force: true })
  return isStopped
}

export async function isActive(host: Host, unit: string): Promise<boolean> {
  return (await ask(host, 'systemctl', 'is-active', unit)) === 'active'
}

/** As {@link isActive}; undefined where systemd does not say. */
export async function isUp(host: Host, unit: string): Promise<boolean | undefined> {
  const [state] = await statesOf(host, [unit])
  return state === undefined ? undefined : isUpState(state)
}

/** As {@link isActive}. @throws STEP_FAILED where systemd does not say: a service that goes on would keep what it has read */
export async function mustKnowActive(host: Host, unit: string): Promise<boolean> {
  const [state] = await statesOf(host, [unit])
  if (state === undefined && (await existsOnHost(host, '/run/systemd/system'))) throw unsaid(unit)
  return state === 'active'
}

function unsaid(unit: string): Error {
  return fail('STEP_FAILED', {
    what: { en: `could not find out whether ${unit} runs`, zh: `无法确认 ${unit} 是否在运行` },
    because: { en: 'systemd does not respond', zh: 'systemd 无响应' },
    fix: {
      en: `see systemctl is-active ${unit}; then run the command again`,
      zh: `请查看 systemctl is-active ${unit}，然后重新运行`,
    },
  })
}

/** The state of each of these units, as systemd calls it; undefined while it does not say of each. */
export async function unitStates(
  host: Host,
  units: readonly string[],
): Promise<ReadonlyMap<string, string> | undefined> {
  const states = await statesOf(host, units)
  const isSilent = states.length < units.length && (await existsOnHost(host, '/run/systemd/system'))
  return isSilent ? undefined : new Map(units.map((unit, index) => [unit, states[index] ?? '']))
}

/** Those of these units that run, or are on their way to or from it; undefined while systemd does not say of each. */
export async function runningUnits(host: Host, units: readonly string[]): Promise<string[] | undefined> {
  const states = await unitStates(host, units)
  return states && units.filter((unit) => RUNNING.includes(states.get(unit) ?? ''))
}

/** Whether a service of this state is up: one that exits again and again is `activating` between two starts. */
export function isUpState(state: string | undefined): boolean {
  return state === 'active' || state === 'reloading'
}

/** One for each unit; none where systemd does not respond. */
async function statesOf(host: Host, units: readonly string[]): Promise<string[]> {
  if (units.length === 0) return []
  // Its exit code says nothing of several, nor of one that is activating; its lines are in their order.
  const { stdout } = await host.exec('systemctl', ['is-active', ...units], { timeout: 10_000 })
  return stdout.split('\n').filter((line) => line !== '')
}

function running(units: readonly string[], states: readonly string[]): string[] {
  return units.filter((_unit, index) => RUNNING.includes(states[index] ?? ''))
}

export async function isEnabled(host: Host, unit: string): Promise<boolean> {
  return (await ask(host, 'systemctl', 'is-enabled', unit)) === 'enabled'
}

/** As {@link isEnabled}. @throws STEP_FAILED where systemd does not say */
export async function mustKnowEnabled(host: Host, unit: string): Promise<boolean> {
  const seen = await unitFileState(host, unit)
  if (seen.unread === undefined) return seen.text === 'enabled'
  if (!(await existsOnHost(host, '/run/systemd/system'))) return false
  throw fail('STEP_FAILED', {
    what: { en: `could not find out whether ${unit} starts at boot`, zh: `无法确认 ${unit} 是否开机启动` },
    because: seen.unread.said,
    fix: {
      en: `see systemctl is-enabled ${unit}; then run the command again`,
      zh: `请查看 systemctl is-enabled ${unit}，然后重新运行`,
    },
  })
}

/** It fails for every state but `enabled`, and names the state all the same; of a unit without a file before systemd 254 on standard error. */
function unitFileState(host: Host, unit: string) {
  return hear(host, ['systemctl', 'is-enabled', unit], ({ stdout, stderr }) =>
    stdout.trim() !== '' || stderr.includes('unit file state') ? stdout.trim() : undefined,
  )
}

/** Files beside a unit's own that change it, such as `systemctl edit` writes; without those for all units of a distribution. */
export async function dropInsOf(host: Host, unit: string): Promise<string[]> {
  return dropInsIn((await unitProperty(host, unit, 'DropInPaths')) ?? '', unit)
}

/** The same from a unit's property `DropInPaths`. */
export function dropInsIn(paths: string, unit: string): string[] {
  return paths.split(/\s+/).filter((file) => file.includes(`/${unit}.d/`))
}

/** The last lines of a unit's journal, of former runs too: no reason for what is now, unless {@link lastRuns} is asked. */
export async function unitJournal(host: Host, unit: string, lines: number): Promise<string> {
  return lastLines(await journal(host, lines, '-u', unit), lines)
}

/** What a unit has logged since it was started last, by whomever; the last lines of it where their number is given. */
export async function unitRunLog(host: Host, unit: string, lines?: number): Promise<string> {
  const run = await unitProperty(host, unit, 'InvocationID')
  return run ? journal(host, lines, `_SYSTEMD_INVOCATION_ID=${run}`) : ''
}

/**
 * For a wait: what a unit logs from now on, its restarts included, or else in its present run. What a former run said is no
 * reason for what does not come now.
 * @returns the last lines of it, whenever they are asked for
 */
export function unitWords(host: Host, unit: string, lines = 20): () => Promise<string> {
  const since = host.now()
  return async () =>
    lastLines((await unitLogSince(host, unit, since)) || (await unitRunLog(host, unit, lines)), lines)
}

/** What a unit has logged since then (milliseconds since 1970, by the node's clock). */
export function unitLogSince(host: Host, unit: string, since: number): Promise<string> {
  // All of it: older journalctl take a number beside a time for that of the first lines.
  return journal(host, undefined, `--since=@${(since / 1000).toFixed(3)}`, '-u', unit)
}

/** @param entries of which the last are wanted, each of a line or more; all when undefined */
async function journal(host: Host, entries: number | undefined, ...which: string[]): Promise<string> {
  const last = entries === undefined ? [] : ['-n', String(entries)]
  return withoutTokens((await ask(host, 'journalctl', '--no-pager', '-o', 'cat', ...last, ...which)) ?? '')
}

import { mustExec, type Report, type Text } from '@edgelift/core'
import { ask, type Host } from './host.ts'
import { isActive, mainPid, processAge, startedAfter, unitWords } from './units.ts'
import { waitUntil } from './wait.ts'

interface Starting {
  readonly host: Host
  readonly report: Report
  readonly signal: AbortSignal
}

/** What returns once systemd has taken it in; a manager that hangs is named instead of waited for. */
async function systemctl(host: Host, ...args: string[]): Promise<void> {
  await mustExec(host.exec, 'systemctl', args, { timeout: 120_000 })
}

/** Seconds: systemd kills what has not stopped after 90 (systemd-system.conf(5), DefaultTimeoutStopSec). */
const STOPPING = 120

/**
 * Brings a service to run on what is laid down by now: enabled (unless it is the machine's own), started, or restarted when
 * one of its files is newer than its process. The process that it replaces is gone on return: it responds until then, and
 * would be taken for the new one. Whether that one comes up is the step's own wait to see.
 */
export async function runUnit(
  run: Starting,
  unit: string,
  files: readonly string[],
  { enable }: { readonly enable: boolean } = { enable: true },
): Promise<void> {
  const { host } = run
  // systemctl(1): enable reloads unit files, as daemon-reload does.
  await systemctl(host, ...(enable ? ['enable', unit] : ['daemon-reload']))
  await forgetFailure(host, unit)
  if (await startedAfter(host, unit, files)) await systemctl(host, 'start', '--no-block', unit)
  else await replace(run, unit)
}

/** Restarts a service; on return its former process is gone. */
export async function restartUnit(run: Starting, unit: string): Promise<void> {
  await systemctl(run.host, 'daemon-reload')
  await forgetFailure(run.host, unit)
  await replace(run, unit)
}

/** A former failure would be taken for one of the process that is started, which waits watch for. */
async function forgetFailure(host: Host, unit: string): Promise<void> {
  await ask(host, 'systemctl', 'reset-failed', unit)
}

async function replace(run: Starting, unit: string): Promise<void> {
  const { host } = run
  const ending = await mainPid(host, unit)
  await systemctl(host, 'restart', '--no-block', unit)
  if (ending === 0 || ending === undefined) return
  await waitUntil({
    ...run,
    id: 'stopping',
    what: { en: `${unit} stops`, zh: `${unit} 停止` },
    deadline: STOPPING,
    look: async () => {
      const now = await mainPid(host, unit)
      return (now !== undefined && now !== ending) || stillRuns(ending)
    },
    words: unitWords(host, unit),
    fix: { en: `see systemctl status ${unit}`, zh: `请查看 systemctl status ${unit}` },
  })
}

function stillRuns(pid: number): Text {
  return { en: `process ${pid} still runs`, zh: `进程 ${pid} 仍在运行` }
}

/** Seconds, within which a program that cannot run has ended. */
const LASTING = 2

/**
 * Waits until a service has run for some seconds: for one that nothing else proves.
 * @param options.proof what it shows as soon as it works
 * @throws STEP_FAILED when it exits again and again
 */
export async function untilLasting(
  run: Starting,
  unit: string,
  {
    seconds = LASTING,
    proof = async () => false,
  }: { readonly seconds?: number; readonly proof?: () => Promise<boolean> } = {},
): Promise<void> {
  const { host } = run
  await waitUntil({
    ...run,
    services: { host, units: [unit] },
    id: 'lasting',
    what: { en: `${unit} runs for ${seconds} s`, zh: `${unit} 持续运行 ${seconds} 秒` },
    deadline: 120,
    look: async () =>
      (await proof()) ||
      (((await processAge(host, unit)) ?? 0) >= seconds * 1000 && (await isActive(host, unit))) || {
        en: 'it does not yet',
        zh: '尚未达到',
      },
    words: unitWords(host, unit),
    fix: { en: `see journalctl -u ${unit}`, zh: `请查看 journalctl -u ${unit}` },
  })
}

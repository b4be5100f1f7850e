import { appendFileSync } from 'node:fs'
import { rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import {
  fileErrorWords,
  formatError,
  makeFolder,
  plainText,
  type Report,
  type WorkEvent,
} from '@edgelift/core'
import { asEdgeliftError, type CommandContext } from '@edgelift/core/cli'
import { namesIn } from '../node/copies.ts'
import { type Host, onHost } from '../node/host.ts'
import { withoutTokens } from '../node/redact.ts'

const LOGS = '/var/log/edgelift'
const NEWEST = 20 // runs whose logs are kept
const QUIET = 10 // seconds between two lines about the same wait
const ACTIONS = ['install', 'cleanup', 'renew', 'rollback'] as const
type Action = (typeof ACTIONS)[number]
const NAME = new RegExp(`^(${ACTIONS.join('|')})-(\\d{8}T\\d{6}Z(?:-\\d+)?)\\.log$`)

export interface RunLog {
  readonly file: string
  /** Shows an event and writes it down. */
  readonly report: Report
  /**
   * Does the run's work. From here on the log is on the disk, with what was told before; an error of the work is
   * written down in full. A log that cannot be written is told, and does not stop the work.
   */
  readonly during: <T>(work: () => Promise<T>) => Promise<T>
}

/** A log of one run (mode 0600, no secrets). Nothing is written before {@link RunLog.during}. */
export async function openRunLog(
  host: Host,
  action: Action,
  context: Pick<CommandContext, 'report'>,
): Promise<RunLog> {
  const file = await freeName(host, action)
  const lines: string[] = []
  let write = (line: string): void => void lines.push(line)
  const log = (text: string) => {
    const time = new Date(host.now()).toISOString()
    for (const line of plainText(withoutTokens(text)).split('\n')) write(`${time} ${line}\n`)
  }
  const waits = new Map<string, number>()
  const report: Report = (event) => {
    context.report(event)
    const text = wordsOf(event, waits)
    if (text !== undefined) log(text)
  }

  async function start(): Promise<void> {
    const place = onHost(host, file)
    try {
      await makeFolder(path.dirname(place))
      await writeFile(place, lines.join(''), { mode: 0o600, flag: 'wx' })
      await removeOld(host)
      write = (line) => {
        try {
          appendFileSync(place, line)
        } catch (error) {
          write = () => {}
          context.report(unwritable(file, error))
        }
      }
    } catch (error) {
      write = () => {}
      context.report(unwritable(file, error))
    }
  }

  return {
    file,
    report,
    async during(work) {
      await start()
      log(`${action} begins`)
      try {
        const result = await work()
        log(`${action} is done`)
        return result
      } catch (error) {
        log(formatError(asEdgeliftError(error), 'en'))
        if (error instanceof Error && error.cause instanceof Error) log(String(error.cause.stack))
        context.report({ type: 'note', level: 'info', text: { en: `log: ${file}`, zh: `日志：${file}` } })
        throw error
      }
    },
  }
}

/** The logs of the last runs, oldest first. */
export async function newestLogs(host: Host, count: number): Promise<string[]> {
  return (await logNames(host)).slice(-count).map((name) => `${LOGS}/${name}`)
}

/** Oldest first. */
async function logNames(host: Host): Promise<string[]> {
  const names = ((await namesIn(onHost(host, LOGS))) ?? []).filter((name) => NAME.test(name))
  const time = (name: string) => NAME.exec(name)?.[2] ?? ''
  return names.sort((a, b) => (time(a) < time(b) ? -1 : 1))
}

async function removeOld(host: Host): Promise<void> {
  for (const name of (await logNames(host)).slice(0, -NEWEST))
    await rm(onHost(host, `${LOGS}/${name}`), { force: true })
}

async function freeName(host: Host, action: string): Promise<string> {
  const time = new Date(host.now()).toISOString().replace(/\.\d+/, '').replaceAll(/[-:]/g, '')
  const taken = (await namesIn(onHost(host, LOGS))) ?? []
  for (let number = 1; ; number++) {
    const name = `${action}-${time}${number === 1 ? '' : `-${number}`}.log`
    if (!taken.includes(name)) return `${LOGS}/${name}`
  }
}

function wordsOf(event: WorkEvent, waits: Map<string, number>): string | undefined {
  if (event.type === 'phase') {
    const { number, count, id, title } = event
    return number === undefined ? `${id}: ${title.en}` : `[${number}/${count}] ${id}: ${title.en}`
  }
  if (event.type === 'note') return event.level === 'warning' ? `warning: ${event.text.en}` : event.text.en
  if (event.type !== 'wait') return undefined
  const last = waits.get(event.id)
  if (last !== undefined && event.seconds >= last && event.seconds - last < QUIET) return undefined
  waits.set(event.id, event.seconds)
  return `waiting: ${event.what.en} (${event.seconds} s of ${event.deadline} s)`
}

function unwritable(file: string, error: unknown): WorkEvent {
  const words = fileErrorWords(error)
  return {
    type: 'note',
    level: 'warning',
    text: { en: `${file} cannot be written: ${words.en}`, zh: `无法写入日志 ${file}：${words.zh}` },
  }
}

import type { Text } from '@edgelift/core'
import { ask, type Host } from './host.ts'
import { lastWords, tellsOfDamage } from './last-words.ts'
import { lastRuns } from './unit-runs.ts'
import { dropInsOf, unitWords } from './units.ts'

/** Restarts by systemd while something is waited for, after which the service does not come up by itself. */
const RESTARTS = 3
/** Milliseconds between readings of the log of a service that starts: while K3s does, each look would read all that it has said. */
const READS = 5_000
/** Of its log, in which a panic's words come before its stacks. */
const LINES = 200

export interface Services {
  readonly host: Host
  readonly units: readonly string[]
}

export interface CrashLoop {
  readonly hopeless: Text
  readonly fix: Text
}

/**
 * Watches services while something is waited for. The returned function says why the wait is of no use once systemd has
 * given one up, or has had to restart it again and again since the first call, or one that starts says that its database is damaged.
 */
export function watchUnits(services: Services | undefined): () => Promise<CrashLoop | undefined> {
  if (services === undefined) return async () => undefined
  const { host, units } = services
  const before = new Map<string, number>()
  const words = new Map(units.map((unit) => [unit, unitWords(host, unit, LINES)]))
  let nextRead = host.now() + READS
  return async () => {
    if (units.length === 0) return undefined
    const shown = await ask(host, 'systemctl', 'show', '-p', 'Id,NRestarts,ActiveState', ...units)
    for (const { unit, restarts, state } of parseStates(shown ?? '')) {
      const first = before.get(unit) ?? restarts
      // The counter starts again when a unit is started by hand.
      before.set(unit, Math.min(first, restarts))
      const died = restarts - first
      const isHopeless = state === 'failed' || died >= RESTARTS
      const isDue = state === 'activating' && host.now() >= nextRead
      if (isDue) nextRead = host.now() + READS
      const log = isHopeless || isDue ? ((await words.get(unit)?.()) ?? '') : ''
      if (isHopeless || tellsOfDamage(log)) {
        const loop = crashLoop(unit, died, log)
        return { ...loop, fix: withDropIns(loop.fix, unit, await dropInsOf(host, unit)) }
      }
    }
    return undefined
  }
}

interface UnitState {
  readonly unit: string
  readonly restarts: number
  readonly state: string
}

/** systemctl(1), show: `Key=value` lines, an empty line between units. NRestarts is absent before systemd 235. */
function parseStates(text: string): UnitState[] {
  return text.split(/\n\n+/).flatMap((block) => {
    const value = (key: string) => new RegExp(`^${key}=(.*)$`, 'm').exec(block)?.[1]
    const unit = value('Id')
    if (unit === undefined) return []
    return [{ unit, restarts: Number(value('NRestarts') ?? 0), state: value('ActiveState') ?? '' }]
  })
}

function crashLoop(unit: string, died: number, log: string): CrashLoop {
  const words = lastWords(lastRuns(log))
  const seen = seenOf(died, words ?? '')
  return {
    hopeless: {
      en: `${unit} ${seen.en}${words === undefined ? '' : `: ${words}`}`,
      zh: `${unit} ${seen.zh}${words === undefined ? '' : `：${words}`}`,
    },
    fix: fixOf(unit, words ?? ''),
  }
}

function seenOf(died: number, words: string): Text {
  if (died >= RESTARTS) return { en: `exits again and again (${died} times)`, zh: `反复退出（${died} 次）` }
  if (tellsOfDamage(words)) return { en: 'cannot read its database', zh: '无法读取其数据库' }
  return { en: 'has failed', zh: '启动失败' }
}

/** Names the files by which somebody changed a unit: they may be why it does not run. */
export function withDropIns(fix: Text, unit: string, dropIns: readonly string[]): Text {
  if (dropIns.length === 0) return fix
  return {
    en: `${fix.en}. The unit was changed by hand (${dropIns.join(', ')}): if that is the cause, systemctl revert ${unit} removes these files; then: systemctl restart ${unit}`,
    zh: `${fix.zh}。该服务被手动改动（${dropIns.join('、')}）：如原因在此，执行 systemctl revert ${unit} 删除这些文件，然后执行 systemctl restart ${unit}`,
  }
}

/** What to do about a service that ends with these words. */
export function fixOf(unit: string, words: string): Text {
  const see = { en: `journalctl -u ${unit}`, zh: `journalctl -u ${unit}` }
  if (/no space left on device/i.test(words)) {
    return {
      en: 'free space on the disk that the message names (df -h), then run it again',
      zh: '请在上述消息所指的磁盘上释放空间（df -h），然后重新运行',
    }
  }
  if (/address already in use/i.test(words)) {
    return {
      en: `stop the program that uses the port (ss -lntp), then run it again; log: ${see.en}`,
      zh: `请停止占用该端口的程序（ss -lntp），然后重新运行；日志：${see.zh}`,
    }
  }
  if (tellsOfDamage(words)) return damagedFix(unit)
  if (words === '') return { en: `see its log: ${see.en}`, zh: `查看日志：${see.zh}` }
  return {
    en: `correct what the message names, then run it again; log: ${see.en}`,
    zh: `请处理上述消息所指的问题，然后重新运行；日志：${see.zh}`,
  }
}

/** What brings back what was in the damaged database of a service. */
export function damagedFix(unit: string): Text {
  return DAMAGED[unit] ?? DISK
}

const DISK: Text = {
  en: 'its database is damaged: check the disk (dmesg)',
  zh: '其数据库已损坏：请检查磁盘（dmesg）',
}

const DAMAGED: Readonly<Record<string, Text>> = {
  'edgecore.service': {
    en: 'check the disk (dmesg); while the cloud is reachable, run ./install.sh: it replaces the database, and the cloud sends its content again',
    zh: '请检查磁盘（dmesg）；在云端可达时执行 ./install.sh：将更换该数据库，由云端重新下发其内容',
  },
  'k3s.service': {
    en: 'check the disk (dmesg); restore the last good backup: ./cleanup.sh, then ./install.sh --restore FILE. Edge nodes come back by themselves',
    zh: '请检查磁盘（dmesg）；用最近一次完好的备份恢复：先执行 ./cleanup.sh，再执行 ./install.sh --restore 文件。边缘节点会自动恢复连接',
  },
}

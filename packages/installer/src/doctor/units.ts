import type { Text } from '@edgelift/core'
import { knownCause, tokenRefused } from '../kubeedge/join.ts'
import { fixOf, withDropIns } from '../node/crash-loop.ts'
import { type Host, mustAsk } from '../node/host.ts'
import { lastWords, tellsOfDamage } from '../node/last-words.ts'
import { lastRuns } from '../node/unit-runs.ts'
import { dropInsIn, unitJournal } from '../node/units.ts'
import { NEW_TOKEN } from '../preflight/token-findings.ts'
import { isOfClock } from './clocks.ts'
import type { DoctorCode } from './codes.ts'
import type { Diagnosis } from './diagnosis.ts'

interface UnitState {
  readonly loaded: string
  readonly active: string
  readonly enabled: string
  /** How often systemd has restarted it since it was started by somebody. */
  readonly restarts: number
  /** Files by which somebody changed the unit. */
  readonly dropIns: readonly string[]
}

/**
 * Services that should run, in the order in which they need each other. The cause is what systemd and the service's log
 * say; its own words come last.
 */
export async function unitDiagnoses(
  host: Host,
  units: readonly string[],
  hubPort: number,
): Promise<Diagnosis[]> {
  const found: Diagnosis[] = []
  for (const unit of units) {
    const state = await stateOf(host, unit)
    if (state.active === 'active') continue
    const one = diagnosisOf(unit, state, await unitJournal(host, unit, 200), hubPort)
    found.push(found.length === 0 ? one : { ...one, consequenceOf: 'UNIT_DOWN' })
  }
  return found
}

const PROPERTIES = 'LoadState,ActiveState,SubState,UnitFileState,NRestarts,DropInPaths'

async function stateOf(host: Host, unit: string): Promise<UnitState> {
  const text = (await mustAsk(host, 'systemctl', 'show', '-p', PROPERTIES, unit)) ?? ''
  const value = (key: string) => new RegExp(`^${key}=(.*)$`, 'm').exec(text)?.[1] ?? ''
  return {
    loaded: value('LoadState'),
    active: value('ActiveState'),
    enabled: value('UnitFileState'),
    // The first one is counted when it comes, not while it is waited for.
    restarts: Math.max(Number(value('NRestarts')), value('SubState') === 'auto-restart' ? 1 : 0),
    dropIns: dropInsIn(value('DropInPaths'), unit),
  }
}

/** Pure. */
export function diagnosisOf(unit: string, state: UnitState, journal: string, hubPort: number): Diagnosis {
  const down = (
    seen: Text,
    cause: Text,
    fix: Text,
    more: Pick<Diagnosis, 'words' | 'mayFollow'> = {},
  ): Diagnosis => ({
    code: 'UNIT_DOWN',
    seen: { en: `${unit} ${seen.en}`, zh: `${unit} ${seen.zh}` },
    cause,
    fix,
    ...more,
  })
  if (state.loaded === 'not-found')
    return down(
      { en: 'is missing', zh: '不存在' },
      { en: 'its unit file was deleted', zh: '服务文件已被删除' },
      { en: 'run ./install.sh: it restores the file', zh: '执行 ./install.sh，将恢复该文件' },
      GONE_WITH,
    )
  if (state.loaded === 'masked')
    return down(
      { en: 'is masked', zh: '已被屏蔽（masked）' },
      {
        en: 'its unit file is empty, or was replaced by a link to /dev/null',
        zh: '服务文件为空，或被替换为指向 /dev/null 的链接',
      },
      // `systemctl unmask` would remove the link and leave no unit.
      { en: 'run ./install.sh: it restores the unit file', zh: '执行 ./install.sh，将恢复服务文件' },
      GONE_WITH,
    )
  if (state.loaded === 'bad-setting' || state.loaded === 'error')
    return down(
      { en: `cannot be loaded (${state.loaded})`, zh: `无法加载（${state.loaded}）` },
      {
        en: 'systemd cannot make sense of its unit file: it was cut off or changed',
        zh: 'systemd 无法解析其服务文件：文件不完整或被修改',
      },
      {
        en: `run ./install.sh: it restores the file; what systemd objects to: systemctl status ${unit}`,
        zh: `执行 ./install.sh，将恢复该文件；systemd 报告的错误见 systemctl status ${unit}`,
      },
      GONE_WITH,
    )
  if (state.active === 'deactivating' && state.restarts === 0)
    return down(
      { en: 'is stopping', zh: '正在停止' },
      { en: 'somebody is stopping it', zh: '有人正在停止该服务' },
      {
        en: `once it has stopped: systemctl start ${unit}; what holds it up: systemctl status ${unit}`,
        zh: `停止后执行 systemctl start ${unit}；停止缓慢的原因见 systemctl status ${unit}`,
      },
    )
  if (state.active === 'inactive') {
    const enable = state.enabled === 'enabled' ? '' : `systemctl enable ${unit}; `
    return down(
      { en: 'is stopped', zh: '服务已停止' },
      {
        en: `somebody stopped it${enable === '' ? '' : ', and it does not start at boot'}`,
        zh: `有人停止了该服务${enable === '' ? '' : '，且未设置开机启动'}`,
      },
      { en: `${enable}systemctl start ${unit}`, zh: `${enable}systemctl start ${unit}` },
    )
  }
  const log = lastRuns(journal)
  const words = lastWords(log)
  const isDamaged = tellsOfDamage(words ?? '')
  if (state.active === 'activating' && state.restarts === 0 && !isDamaged)
    return down(
      { en: 'is starting', zh: '正在启动' },
      { en: 'somebody started it a moment ago', zh: '刚刚被启动' },
      {
        en: `wait a minute; then: journalctl -u ${unit}`,
        zh: `等待一分钟；仍未就绪时查看 journalctl -u ${unit}`,
      },
      { mayFollow: ['DATABASE_DAMAGED'] },
    )
  const refused = unit === 'edgecore.service' ? tokenRefused(log) : undefined
  const cause = unit === 'edgecore.service' ? knownCause(log, hubPort) : undefined
  const mayFollow = refused === undefined ? CRASHES_OF : (['DISK_FULL'] as const)
  return down(
    state.active === 'failed'
      ? { en: 'has failed', zh: '启动失败' }
      : isDamaged && state.restarts === 0
        ? { en: 'cannot read its database', zh: '无法读取其数据库' }
        : { en: 'exits again and again', zh: '反复退出' },
    cause ??
      (words === undefined
        ? { en: 'its log does not say why', zh: '日志中没有说明原因' }
        : { en: words, zh: words }),
    refused === undefined ? withDropIns(fixOf(unit, words ?? ''), unit, state.dropIns) : NEW_TOKEN,
    {
      ...(cause === undefined || words === undefined ? {} : { words }),
      mayFollow: isOfClock(log) ? [...mayFollow, 'CLOCK_DIFFERS'] : mayFollow,
    },
  )
}

const GONE_WITH: Pick<Diagnosis, 'mayFollow'> = { mayFollow: ['FILE_CHANGED', 'INSTALLATION_INCOMPLETE'] }

/** What a service exits of that is found by other checks. */
const CRASHES_OF: readonly DoctorCode[] = [
  'DISK_FULL',
  'NODE_IP_FOREIGN',
  'DATABASE_DAMAGED',
  'FILE_CHANGED',
  'CERTIFICATE_EXPIRED',
  'CLOUD_REPLACED',
  'CLOUD_ADDRESS_FOREIGN',
  'CLOUD_UNREACHABLE',
]

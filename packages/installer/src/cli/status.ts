import { formatBytes, type Text } from '@edgelift/core'
import { formatTable } from '@edgelift/core/cli'
import { listCopies } from '../backup/list-copies.ts'
import { sizeOf } from '../backup/record.ts'
import { type JournalEntry, readJournal } from '../state/journal.ts'
import { readReceipt } from '../state/read-receipt.ts'
import type { Receipt } from '../state/receipt.ts'
import { canRollBack, type Launcher, launcherOf } from '../state/way-back.ts'
import type { seenInstallation } from './installation-seen.ts'
import { type NodeCommand, onNode } from './on-node.ts'
import { newestLogs } from './run-log.ts'

const SHOWN = 20
/** Events after which a step is not through. */
const OPEN: ReadonlySet<JournalEntry['event']> = new Set(['begin', 'failed', 'interrupted'])

const STATES = {
  absent: { en: 'not installed', zh: '未安装' },
  returning: {
    en: 'rollback incomplete: run ./edgelift rollback again',
    zh: '回退未完成：请重新执行 ./edgelift rollback',
  },
  leaving: { en: 'partly cleaned up: run ./cleanup.sh again', zh: '清理未完成：请重新执行 ./cleanup.sh' },
  installed: { en: 'installed', zh: '已安装' },
} as const satisfies Record<string, Text>
type State = keyof typeof STATES | 'incomplete' | 'upgrading'

function stateText(state: State, launcher: Launcher): Text {
  if (state === 'incomplete')
    return { en: `incomplete: run ${launcher} again`, zh: `未完成：请重新执行 ${launcher}` }
  if (state === 'upgrading')
    return {
      en: `upgrade incomplete: run ${launcher} again, or go back: ./edgelift rollback`,
      zh: `升级未完成：请重新执行 ${launcher}，或执行 ./edgelift rollback 回退`,
    }
  return STATES[state]
}

export const status: NodeCommand = async ({ host, directory, manifest }, _args, context) => {
  const [receipt, journal, [log], kept] = await Promise.all([
    readReceipt(host),
    readJournal(host),
    newestLogs(host, 1),
    listCopies(host),
  ])
  const state = stateOf(receipt, journal)
  const copies = kept.map(({ folder, record }) => ({
    folder,
    bundle: record.bundle,
    created: record.created,
    size: sizeOf(record),
  }))
  const last = journal.at(-1)
  const stoppedAt = state !== 'absent' && last !== undefined && OPEN.has(last.event) ? last.step : undefined
  const seen = receipt && (await seenOf({ host, directory, manifest }, receipt, context.signal))
  return {
    document: {
      // Programs know these two as what they are for them: run something again.
      state: state === 'upgrading' || state === 'returning' ? 'incomplete' : state,
      archive: manifest.name,
      ...(seen?.document ?? NOTHING_SEEN),
      receipt: receipt ?? null,
      copies,
      ...(stoppedAt ? { stoppedAt } : {}),
      log: log ?? null,
      journal,
    },
    text: (lang, paint) => {
      const words = stateText(state, launcherOf(receipt ?? {}))[lang]
      const rows = journal
        .slice(-SHOWN)
        .map(({ time, action, step, event, error }) => [time, action, step, event, error ?? ''])
      return [
        `${receipt?.bundle ?? manifest.name}: ${words}`,
        ...(stoppedAt === undefined || last === undefined
          ? []
          : [
              lang === 'zh'
                ? `下一步：${stoppedAt}（自 ${last.time} 起）`
                : `next step: ${stoppedAt} (since ${last.time})`,
            ]),
        ...(seen?.lines(lang, paint) ?? []),
        ...(receipt === undefined || canRollBack(receipt) ? copies : []).map((copy) => copyText(copy)[lang]),
        ...(log === undefined ? [] : [lang === 'zh' ? `日志：${log}` : `log: ${log}`]),
        ...(rows.length > 0 ? [formatTable(rows)] : []),
      ].join('\n')
    },
  }
}

export const statusCommand = onNode(status)

function copyText(copy: { folder: string; bundle: string; created: string; size: number }): Text {
  const { folder, bundle, created, size } = copy
  return {
    en: `copy of ${bundle} for ./edgelift rollback: ${folder} (${created}, ${formatBytes(size)})`,
    zh: `${bundle} 的备份，可用 ./edgelift rollback 回退：${folder}（${created}，${formatBytes(size)}）`,
  }
}

const NOTHING_SEEN = { settings: {}, certificates: [], drift: null }

/** Loaded where something is installed: it takes half of the code of `status`. */
const seenOf: typeof seenInstallation = async (...place) =>
  (await import('./installation-seen.ts')).seenInstallation(...place)

export function stateOf(receipt: Receipt | undefined, journal: readonly JournalEntry[]): State {
  if (receipt === undefined) return 'absent'
  const last = journal.at(-1)
  if (last?.action === 'cleanup') return 'leaving'
  const isOpen = last !== undefined && OPEN.has(last.event)
  if (last?.action === 'rollback' && receipt.former !== undefined) return 'returning'
  if (receipt.completed !== undefined) return isOpen ? 'incomplete' : 'installed'
  return canRollBack(receipt) && receipt.former !== undefined ? 'upgrading' : 'incomplete'
}

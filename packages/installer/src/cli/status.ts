import type { CommandHandler } from '@edgelift/core/cli'
import { formatTable } from '@edgelift/core/cli'
import { openBundleDirectory } from '../bundle-directory.ts'
import { readJournal } from '../steps/journal.ts'
import { readReceipt } from '../steps/ledger.ts'
import { nodeHost } from './node-host.ts'

const SHOWN = 20

export const statusCommand: CommandHandler = async (_args, context) => {
  const { manifest } = await openBundleDirectory(context.env)
  const host = nodeHost(context.env)
  const [receipt, journal] = await Promise.all([readReceipt(host), readJournal(host)])
  const open = journal.findLast((entry) => entry.event === 'begin' || entry.event === 'failed')
  const last = journal.at(-1)
  const stoppedAt = last !== undefined && open === last ? last.step : undefined
  const state =
    receipt === undefined
      ? 'absent'
      : receipt.completed === undefined || stoppedAt
        ? 'incomplete'
        : 'installed'
  return {
    document: {
      state,
      archive: manifest.name,
      receipt: receipt ?? null,
      ...(stoppedAt ? { stoppedAt } : {}),
      journal,
    },
    text: (lang) => {
      const words = {
        absent: { en: 'not installed', zh: '未安装' },
        incomplete: { en: 'not complete: run ./install.sh again', zh: '未完成：请重新执行 ./install.sh' },
        installed: { en: 'installed', zh: '已安装' },
      }[state][lang]
      const rows = journal
        .slice(-SHOWN)
        .map(({ time, action, step, event, error }) => [time, action, step, event, error ?? ''])
      return [
        `${receipt?.bundle ?? manifest.name}: ${words}`,
        ...(rows.length > 0 ? [formatTable(rows)] : []),
      ].join('\n')
    },
  }
}

import type { Text } from '@edgelift/core'
import { rollback } from '../rollback/rollback.ts'
import { wayBack } from '../rollback/way-back.ts'
import { readReceipt } from '../state/read-receipt.ts'
import { askYesNo, canAsk } from './ask.ts'
import { lockNode } from './node-host.ts'
import { type NodeCommand, onNode } from './on-node.ts'
import { otherRole } from './other-role.ts'
import { openRunLog } from './run-log.ts'

export const goBack: NodeCommand = async ({ host, directory, manifest }, args, context) => {
  const { signal } = context
  const isDry = args['dry-run'] === true
  await using _lock = isDry ? undefined : await lockNode(host)
  const receipt = await readReceipt(host)
  const back = await wayBack(host, receipt)
  if (receipt === undefined) throw new Error('a way back without a receipt')
  if (receipt.role !== manifest.role) throw otherRole(receipt.role, context.typed)
  const { bundle, created, role } = back.record
  const document = { from: receipt.bundle, to: bundle, copied: created }
  if (isDry) return { document: { changed: false, ...document }, text: (lang) => planText(document)[lang] }
  if (args.yes !== true && canAsk(context)) {
    const plan = planText(document)
    const lost = role === 'cloud' ? LOST : { en: '', zh: '' }
    const question = { en: `${plan.en}${lost.en} Go back?`, zh: `${plan.zh}${lost.zh}是否回退？` }
    if (!(await askYesNo(context, question, false)))
      return { document: { changed: false, ...document }, text: () => '' }
  }
  const log = await openRunLog(host, 'rollback', context)
  await log.during(() => rollback({ host, directory, manifest, back, receipt, report: log.report, signal }))
  return {
    document: { changed: true, ...document, log: log.file },
    text: (lang) =>
      lang === 'zh'
        ? `已回退到 ${bundle}（离线包目录：${back.record.directory}）\n日志：${log.file}`
        : `back at ${bundle} (its archive: ${back.record.directory})\nlog: ${log.file}`,
  }
}

export const rollbackCommand = onNode(goBack)

function planText({ from, to, copied }: { from: string; to: string; copied: string }): Text {
  return {
    en: `${from} is replaced by ${to}, as it was at ${copied}.`,
    zh: `将由 ${from} 回退到 ${to}（${copied} 时的状态）。`,
  }
}

const LOST: Text = {
  en: ' What changed in the cluster since then is lost.',
  zh: '此后集群中的变更将丢失。',
}

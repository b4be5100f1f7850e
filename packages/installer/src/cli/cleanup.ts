import { joinTexts, type Text } from '@edgelift/core'
import { isThere } from '../node/copies.ts'
import { type Host, onHost } from '../node/host.ts'
import { removeCopies } from '../state/copies.ts'
import { readReceipt } from '../state/read-receipt.ts'
import type { Receipt } from '../state/receipt.ts'
import { undoTitle } from '../uninstall/titles.ts'
import { type Left, leftovers, purge, uninstall } from '../uninstall/uninstall.ts'
import { askYesNo, canAsk } from './ask.ts'
import { lockNode } from './node-host.ts'
import { type NodeCommand, onNode } from './on-node.ts'
import { otherRole } from './other-role.ts'
import { rebuilt } from './rebuilt.ts'
import { openRunLog } from './run-log.ts'

export const cleanup: NodeCommand = async ({ host, directory, manifest }, args, context) => {
  const { signal } = context
  const isDry = args['dry-run'] === true
  await using _lock = isDry ? undefined : await lockNode(host)
  const known = await readReceipt(host)
  const found = known === undefined ? await rebuilt({ host, directory, manifest }) : undefined
  for (const text of found?.notes ?? []) context.report({ type: 'note', level: 'warning', text })
  const receipt = known ?? found?.receipt
  const directories = [directory, ...(receipt === undefined ? [] : [receipt.directory])]
  if (receipt === undefined) {
    // A restore that was cut off before its receipt leaves its backup unpacked.
    const hadCopies = !isDry && (await removeCopies(host))
    const left = args.purge === true ? await leftovers({ host, directories, receipt }) : []
    if (args.purge === true && !isDry) await purge({ host, directories, receipt })
    return {
      document: {
        changed: hadCopies || (left.length > 0 && !isDry),
        undone: [],
        ...(args.purge === true ? { purged: left } : {}),
      },
      text: (lang) =>
        [(hadCopies ? COPIES_GONE : NOTHING)[lang], ...left.map((place) => removal(place, isDry)[lang])].join(
          '\n',
        ),
    }
  }
  if (receipt.role !== manifest.role) throw otherRole(receipt.role, context.typed)
  const plan = receipt.steps.toReversed().map((step) => ({ id: step.stepId, title: undoTitle(step) }))
  if (isDry) {
    const left = args.purge === true ? await leftovers({ host, directories, receipt }) : []
    const purged = left.map((place) => ({ path: place, text: removal(place, true) }))
    const files = [...(await touched(host, receipt)), ...purged]
    return {
      document: { changed: false, plan, files },
      text: (lang) =>
        [
          ...plan.map(({ title }) => `- ${title[lang]}`),
          ...files.map(({ text }) => `  ${text[lang]}`),
          NOTHING_DONE[lang],
        ].join('\n'),
    }
  }
  if (args.yes !== true && canAsk(context)) {
    const question = {
      en: `Remove everything that ${receipt.bundle} installed here?`,
      zh: `确定移除 ${receipt.bundle} 在本机安装的全部内容？`,
    }
    if (!(await askYesNo(context, question, false))) return { document: { changed: false }, text: () => '' }
  }
  const log = await openRunLog(host, 'cleanup', context)
  const request = { host, directory, manifest, receipt, report: log.report, signal }
  const left = await log.during(() => uninstall(request))
  if (args.purge === true) await purge({ host, directories, receipt })
  const words = summary(left, args.purge === true ? undefined : log.file)
  return {
    document: { changed: true, undone: plan.map(({ id }) => id), left },
    text: (lang) => words[lang],
  }
}

export const cleanupCommand = onNode(cleanup)

/** What of the host will be removed or put back, as far as it is there. */
async function touched(host: Host, receipt: Receipt): Promise<{ path: string; text: Text }[]> {
  const there: { path: string; text: Text }[] = []
  for (const change of receipt.steps.flatMap(({ changes }) => changes)) {
    if (change.kind !== 'file' && change.kind !== 'link' && change.kind !== 'tree') continue
    const { path } = change
    if (change.kind === 'file' && change.backup !== undefined)
      there.push({ path, text: { en: `restore ${path}`, zh: `恢复 ${path}` } })
    else if (await isThere(onHost(host, path))) there.push({ path, text: removal(path, true) })
  }
  return there.toReversed()
}

/** @param isDry it would go, and has not gone */
function removal(place: string, isDry: boolean): Text {
  return isDry
    ? { en: `remove ${place}`, zh: `删除 ${place}` }
    : { en: `removed ${place}`, zh: `已删除 ${place}` }
}

const NOTHING_DONE: Text = {
  en: 'Nothing was changed. Without --dry-run, this would be removed.',
  zh: '未做任何更改。去掉 --dry-run 即执行清理。',
}

const NOTHING: Text = {
  en: 'nothing to clean up: edgelift installed nothing on this machine',
  zh: '无需清理：本机没有 edgelift 的安装',
}

const COPIES_GONE: Text = {
  en: 'nothing is installed on this machine; removed the copies of an interrupted run',
  zh: '本机没有 edgelift 的安装；已删除中断的操作留下的备份',
}

function summary({ nodeName, volumes }: Left, log: string | undefined): Text {
  const lines: Text[] = [
    {
      en: 'removed; this machine can be installed again like a new one',
      zh: '已移除；可像新机器一样重新安装',
    },
  ]
  if (nodeName !== undefined)
    lines.push({
      en: `the cloud still lists node ${nodeName}; to remove it, run on the cloud node: k3s kubectl delete node ${nodeName}`,
      zh: `云端仍保留节点 ${nodeName}；如需删除，请在云端执行：k3s kubectl delete node ${nodeName}`,
    })
  if (volumes !== undefined && log !== undefined)
    lines.push({
      en: `volumes of applications remain in ${volumes}; --purge removes them`,
      zh: `应用的数据卷保留在 ${volumes}；--purge 会将其删除`,
    })
  if (log !== undefined) lines.push({ en: `log: ${log}`, zh: `日志：${log}` })
  return joinTexts(lines, '\n')
}

import { rm } from 'node:fs/promises'
import path from 'node:path'
import { EXIT, takeLock } from '@edgelift/core'
import type { CommandHandler } from '@edgelift/core/cli'
import { answersOfReceipt } from '../answers/of-receipt.ts'
import { openBundleDirectory } from '../bundle-directory.ts'
import { PSK_FILE } from '../cloud/psk.ts'
import { fail } from '../codes.ts'
import { gatherFacts } from '../facts/gather.ts'
import { onHost } from '../host.ts'
import { type InstallRequest, ledgerOf, planSteps } from '../install.ts'
import { STATE_FOLDER } from '../steps/journal.ts'
import { readReceipt } from '../steps/ledger.ts'
import { undoSteps } from '../steps/runner.ts'
import { askYesNo, canAsk } from './ask.ts'
import { nodeHost } from './node-host.ts'

const PURGED = [
  '/var/log/edgelift',
  '/var/lib/containerd',
  '/etc/kubeedge',
  '/var/lib/kubeedge',
  '/var/log/kubeedge',
]

export const cleanupCommand: CommandHandler = async (args, context) => {
  const { directory, manifest } = await openBundleDirectory(context.env)
  const host = nodeHost(context.env)
  const receipt = await readReceipt(host)
  if (receipt === undefined) {
    const nothing = {
      en: 'nothing to clean up: edgelift has installed nothing here',
      zh: '无需清理：本机没有 edgelift 的安装',
    }
    return { document: { changed: false, undone: [] }, text: (lang) => nothing[lang] }
  }
  if (receipt.role !== manifest.role) throw otherRole(receipt.role)
  const facts = await gatherFacts(host, directory)
  if (!facts.root)
    throw fail('NOT_ROOT', {
      what: { en: 'cleanup needs root', zh: '清理需要 root 权限' },
      cure: 'sudo ./cleanup.sh',
    })
  const { report, signal } = context
  const request: InstallRequest = {
    host,
    directory,
    manifest,
    answers: answersOfReceipt(receipt),
    kubeEdgeOnly: undefined,
    report,
    signal,
  }
  const ledger = await ledgerOf(request)
  const steps = await planSteps(request, facts, ledger)
  if (args['dry-run'] === true) {
    const plan = steps.toReversed().map(({ id, title }) => ({ id, title }))
    return {
      document: { changed: false, plan },
      text: (lang) => plan.map(({ title }) => `- ${title[lang]}`).join('\n'),
    }
  }
  if (args.yes !== true && canAsk(context)) {
    const question = {
      en: `Remove everything that ${receipt.bundle} installed here?`,
      zh: `确定移除 ${receipt.bundle} 在本机安装的全部内容？`,
    }
    if (!(await askYesNo(context, question, false))) return { document: { changed: false }, text: () => '' }
  }
  await using _lock = await takeLock(onHost(host, `${STATE_FOLDER}/lock`))
  const problems = await undoSteps(steps, { host, report, signal })
  await host.exec('systemctl', ['daemon-reload'])
  if (problems.length > 0) throw problems[0]
  await rm(onHost(host, `${STATE_FOLDER}/receipt.json`), { force: true })
  if (args.purge === true) {
    for (const place of [...PURGED, STATE_FOLDER])
      await rm(onHost(host, place), { recursive: true, force: true })
    await rm(path.join(directory, PSK_FILE), { force: true })
  }
  const done = {
    en: 'removed; installing again works as on a new machine',
    zh: '已移除；可像新机器一样重新安装',
  }
  return {
    exit: EXIT.done,
    document: { changed: true, undone: steps.map(({ id }) => id) },
    text: (lang) => done[lang],
  }
}

function otherRole(role: string): Error {
  return fail('ROLE_MISMATCH', {
    what: { en: `this machine was installed from the ${role} archive`, zh: `本机由 ${role} 归档安装` },
    cure: { en: `run ./cleanup.sh of the ${role} archive`, zh: `请执行 ${role} 归档中的 ./cleanup.sh` },
  })
}

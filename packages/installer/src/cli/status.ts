import { formatBytes, type Text } from '@edgelift/core'
import type { CommandHandler } from '@edgelift/core/cli'
import { formatTable } from '@edgelift/core/cli'
import { listCopies } from '../backup/former.ts'
import { sizeOf } from '../backup/record.ts'
import { certificateEnds } from '../inspect/certificates.ts'
import { gatherFacts } from '../inspect/gather.ts'
import { addressTowards } from '../inspect/network.ts'
import { type SettingsInEffect, settingsInEffect } from '../inspect/settings-in-effect.ts'
import { versionsSeen } from '../inspect/versions-seen.ts'
import { installedSteps } from '../install/installed-steps.ts'
import { clusterOf, type Place } from '../kube/access.ts'
import { chosenNode, clusterNodes } from '../kube/nodes.ts'
import { isHubConnected } from '../kubeedge/hub-connection.ts'
import { meshStatus, meshStatusText } from '../mesh/status.ts'
import type { Host } from '../node/host.ts'
import { type JournalEntry, readJournal } from '../state/journal.ts'
import { readReceipt } from '../state/read-receipt.ts'
import type { Receipt } from '../state/receipt.ts'
import { settingsOfReceipt } from '../state/settings-of-receipt.ts'
import { driftOfSteps, type StepDrift } from '../steps/drift.ts'
import { openBundleDirectory } from './bundle-directory.ts'
import { certificateDocument, certificatesText } from './certificates-text.ts'
import { driftLines } from './drift-text.ts'
import { nodeHost, requireRoot } from './node-host.ts'
import { newestLogs } from './run-log.ts'
import { orNothing, settingsText } from './settings-text.ts'
import { versionsText } from './versions-text.ts'

const SHOWN = 20
/** Events after which a step is not through. */
const OPEN: ReadonlySet<JournalEntry['event']> = new Set(['begin', 'failed', 'interrupted'])

const STATES = {
  absent: { en: 'not installed', zh: '未安装' },
  incomplete: { en: 'incomplete: run ./install.sh again', zh: '未完成：请重新执行 ./install.sh' },
  upgrading: {
    en: 'upgrade incomplete: run ./install.sh again, or go back: ./edgelift rollback',
    zh: '升级未完成：请重新执行 ./install.sh，或执行 ./edgelift rollback 回退',
  },
  returning: {
    en: 'rollback incomplete: run ./edgelift rollback again',
    zh: '回退未完成：请重新执行 ./edgelift rollback',
  },
  leaving: { en: 'partly cleaned up: run ./cleanup.sh again', zh: '清理未完成：请重新执行 ./cleanup.sh' },
  installed: { en: 'installed', zh: '已安装' },
} as const satisfies Record<string, Text>

export const statusCommand: CommandHandler = async (_args, context) => {
  const { directory, manifest } = await openBundleDirectory(context.env)
  requireRoot('./edgelift status')
  const host = nodeHost(context.env)
  const [receipt, journal, [log]] = await Promise.all([
    readReceipt(host),
    readJournal(host),
    newestLogs(host, 1),
  ])
  const state = stateOf(receipt, journal)
  const copies = (await listCopies(host)).map(({ folder, record }) => ({
    folder,
    bundle: record.bundle,
    created: record.created,
    size: sizeOf(record),
  }))
  const last = journal.at(-1)
  const stoppedAt = state !== 'absent' && last !== undefined && OPEN.has(last.event) ? last.step : undefined
  const settings = receipt === undefined ? {} : await settingsOf({ host, directory, manifest }, receipt)
  const certificates =
    receipt === undefined ? [] : await certificateEnds({ host, directory, manifest }, receipt)
  const drift = receipt && (await driftSince({ host, directory, manifest }, receipt, context.signal))
  const connected = receipt === undefined ? undefined : await connectionOf(host, receipt)
  const mesh = receipt === undefined ? undefined : await meshStatus(host, receipt)
  const versions =
    receipt?.completed === undefined
      ? undefined
      : await versionsSeen({ host, directory, manifest }, settingsOfReceipt(receipt), receipt.kubeEdgeOnly)
  return {
    document: {
      // Programs know these two as what they are for them: run something again.
      state: state === 'upgrading' || state === 'returning' ? 'incomplete' : state,
      archive: manifest.name,
      settings,
      ...(connected === undefined ? {} : { connected }),
      ...(mesh === undefined ? {} : { meshRefresh: { running: mesh.running, ...mesh.state } }),
      ...(versions === undefined ? {} : { versions }),
      certificates: certificates.map((one) => certificateDocument(one, host.now())),
      drift: drift ?? null,
      receipt: receipt ?? null,
      copies,
      ...(stoppedAt ? { stoppedAt } : {}),
      log: log ?? null,
      journal,
    },
    text: (lang, paint) => {
      const command = receipt?.kubeEdgeOnly === undefined ? './install.sh' : './install-kubeedge-only.sh'
      const words = STATES[state][lang].replace('./install.sh', command)
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
        ...(connected === undefined ? [] : [CONNECTED[connected ? 'yes' : 'no'][lang]]),
        ...(mesh === undefined ? [] : [meshStatusText(mesh)[lang]]),
        ...(versions === undefined ? [] : versionsText(versions, lang)),
        ...settingsText(settings, lang),
        ...certificatesText(certificates, host.now(), lang, paint),
        ...driftLines(drift ?? [], lang, paint),
        ...copies.map((copy) => copyText(copy)[lang]),
        ...(log === undefined ? [] : [lang === 'zh' ? `日志：${log}` : `log: ${log}`]),
        ...(rows.length > 0 ? [formatTable(rows)] : []),
      ].join('\n')
    },
  }
}

function copyText(copy: { folder: string; bundle: string; created: string; size: number }): Text {
  const { folder, bundle, created, size } = copy
  return {
    en: `copy of ${bundle} for ./edgelift rollback: ${folder} (${created}, ${formatBytes(size)})`,
    zh: `${bundle} 的备份，可用 ./edgelift rollback 回退：${folder}（${created}，${formatBytes(size)}）`,
  }
}

async function settingsOf(place: Place, receipt: Receipt): Promise<SettingsInEffect> {
  const { host, directory, manifest } = place
  const { kubeEdgeOnly } = receipt
  const settings = settingsOfReceipt(receipt)
  const facts = await gatherFacts(host, directory, receipt)
  const cloud = settings.role === 'edge' ? settings.cloud?.host : undefined
  const nodes =
    kubeEdgeOnly === undefined ? [] : ((await clusterNodes(await clusterOf(place, kubeEdgeOnly))) ?? [])
  const node = chosenNode(nodes, { ...facts, nodeName: settings.nodeName })?.node
  const addressToCloud = cloud === undefined ? undefined : await addressTowards(host, cloud)
  return orNothing(() => settingsInEffect({ manifest, settings, facts, addressToCloud, kubeEdgeOnly, node }))
}

/** Undefined where this archive is not the one that was installed, or not wholly. */
async function driftSince(
  place: Place,
  receipt: Receipt,
  signal: AbortSignal,
): Promise<StepDrift[] | undefined> {
  const steps = await installedSteps(place, receipt)
  return steps && driftOfSteps(steps, { ...place, receipt, signal })
}

const CONNECTED = {
  yes: { en: 'EdgeCore is connected to the cloud', zh: 'EdgeCore 已连接云端' },
  no: {
    en: 'EdgeCore is not connected to the cloud: ./edgelift doctor',
    zh: 'EdgeCore 未连接云端：./edgelift doctor',
  },
} as const satisfies Record<string, Text>

/** Of an edge; undefined on the cloud, and where it cannot be told. */
async function connectionOf(host: Host, receipt: Receipt): Promise<boolean | undefined> {
  const settings = settingsOfReceipt(receipt)
  if (settings.role === 'cloud' || settings.cloud === undefined) return undefined
  return isHubConnected(host, settings.cloud.hubPort)
}

function stateOf(receipt: Receipt | undefined, journal: readonly JournalEntry[]): keyof typeof STATES {
  if (receipt === undefined) return 'absent'
  const last = journal.at(-1)
  if (last?.action === 'cleanup') return 'leaving'
  const isOpen = last !== undefined && OPEN.has(last.event)
  if (last?.action === 'rollback' && receipt.former !== undefined) return 'returning'
  if (receipt.completed !== undefined) return isOpen ? 'incomplete' : 'installed'
  return receipt.former === undefined ? 'incomplete' : 'upgrading'
}

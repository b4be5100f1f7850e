import path from 'node:path'
import { PATHS } from '@edgelift/bundle'
import type { Text } from '@edgelift/core'
import { K3S_UNIT } from '../k3s/files.ts'
import { K3S_DATA } from '../k3s/places.ts'
import { isK3sReads } from '../k3s/reads.ts'
import { PSK_FILE } from '../kubeedge/psk.ts'
import { isThere } from '../node/copies.ts'
import { onHost } from '../node/host.ts'
import { mustStop } from '../node/units.ts'
import { hasMarker, setMarker } from '../state/markers.ts'
import type { Run } from '../steps/run.ts'
import { defineStep } from '../steps/step.ts'
import { checkCopy, damaged, readCopy } from './copy.ts'
import { putBack } from './put-back.ts'
import type { CopyRecord } from './record.ts'

/** Set once K3s may start on what was restored: from then on the cluster goes on from there. */
export const RESTORED = 'restored'

export interface RestoreInputs {
  /** A copy on this machine. */
  readonly from: string
  /** The operator's own file with the PSK; null: that of the archive's directory. */
  readonly pskFile: string | null
}

/** Lays the cluster of a backup down before K3s starts for the first time. */
export const restoreCluster = defineStep<RestoreInputs>({
  id: 'restore',
  title: { en: 'restore the cluster from the backup', zh: '从备份恢复集群' },
  check: ({ host }) => hasMarker(host, RESTORED),
  async apply(run, inputs) {
    const { host } = run
    const record = await readCopy(host, inputs.from)
    if (record === undefined) throw damaged(inputs.from, { en: 'it is not complete', zh: '内容不完整' })
    await checkCopy(host, inputs.from, record)
    await mustStop(host, [K3S_UNIT])
    const pskFile = inputs.pskFile ?? undefined
    const isTheirs = pskFile !== undefined && (await isThere(onHost(host, pskFile)))
    const settings = await settingsMissing(run, record)
    if (settings.length > 0) run.report({ type: 'note', level: 'warning', text: restoresSettings(settings) })
    for (const place of settings) await run.changes.backup(place)
    const places = { record, pskFile: isTheirs ? undefined : pskFile, settings }
    await putBack(host, inputs.from, record, (place) => targetOf(run, places, place))
    await setMarker(host, RESTORED)
  },
})

interface Places {
  readonly record: Pick<CopyRecord, 'directory'>
  /** The operator's own file with the PSK, where this machine has none yet. */
  readonly pskFile: string | undefined
  /** Settings that others had given to K3s, where this machine has none in such a file. */
  readonly settings: readonly string[]
}

async function settingsMissing({ host }: Run, { files }: CopyRecord): Promise<string[]> {
  const missing: string[] = []
  for (const { path: place } of files)
    if (isK3sReads(place) && !(await isThere(onHost(host, place)))) missing.push(place)
  return missing
}

function restoresSettings(places: readonly string[]): Text {
  return {
    en: `K3s on the lost machine also read ${places.join(', ')}: restored. Check whether they name devices or addresses that this machine lacks`,
    zh: `原机器的 K3s 还读取 ${places.join('、')}：已恢复。请确认其中没有本机不存在的网卡或地址`,
  }
}

/** A backup writes into K3s' folders, its settings, the PSK's file and the archive's directory, and nowhere else. */
function targetOf(
  { host, directory }: Pick<Run, 'host' | 'directory'>,
  { record, pskFile, settings }: Places,
  place: string,
): string | undefined {
  for (const name of [PSK_FILE, PATHS.answers])
    if (place === path.join(record.directory, name)) return path.join(directory, name)
  const isK3s = place.startsWith(`${K3S_DATA}/server/`) || place.startsWith('/etc/rancher/node/')
  return isK3s || place === pskFile || settings.includes(place) ? onHost(host, place) : undefined
}

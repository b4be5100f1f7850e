import { chmod, rename, rm } from 'node:fs/promises'
import type { WorkEvent } from '@edgelift/core'
import { type Host, onHost } from '../node/host.ts'
import { SQLITE_SIDE_FILES, sqliteDamage } from '../node/sqlite.ts'
import { mustStop } from '../node/units.ts'
import { fail } from '../problem/codes.ts'
import type { Run } from '../steps/run.ts'
import { EDGE_DATABASE } from './edge-database.ts'
import { EDGECORE_UNIT } from './edgecore-files.ts'
import { isCloudAway, type JoinInputs } from './join-waits.ts'

/** Where a damaged database is kept, for whoever wants to look at it; the next one takes its place. */
export const DAMAGED_DATABASE = `${EDGE_DATABASE}.damaged`

/** What is wrong with EdgeCore's database, in SQLite's words; undefined where nothing is. */
export function databaseDamage(host: Host): Promise<string | undefined> {
  return sqliteDamage(onHost(host, EDGE_DATABASE))
}

/**
 * Moves a damaged database away, so that EdgeCore makes a new one: it does not start on one that it cannot read (KubeEdge
 * edge/pkg/common/dbm/db.go). All that it holds came from the cloud, which sends it again; who the node is lies in /etc/kubeedge.
 * @param isJoined whether the node has its certificate
 * @throws STEP_FAILED while the cloud of a joined node is away: without it a new database stays empty, and pods would end
 */
export async function replaceDamagedDatabase(
  run: Run,
  inputs: Pick<JoinInputs, 'cloudHost' | 'hubPort'>,
  isJoined: boolean,
): Promise<void> {
  const { host } = run
  const damage = await databaseDamage(host)
  if (damage === undefined) return
  if (isJoined && (await isCloudAway(inputs)))
    throw fail('STEP_FAILED', {
      what: {
        en: `EdgeCore's database is damaged (${EDGE_DATABASE})`,
        zh: `EdgeCore 的数据库已损坏（${EDGE_DATABASE}）`,
      },
      because: {
        en: `${damage}; the cloud (${inputs.cloudHost}), which would send its content again, is unreachable`,
        zh: `${damage}；而可重新下发其内容的云端（${inputs.cloudHost}）不可达`,
      },
      fix: {
        en: 'check the disk (dmesg); when the cloud is reachable, run it again: it replaces the database',
        zh: '请检查磁盘（dmesg）；云端可达后重新运行，将更换该数据库',
      },
    })
  await mustStop(host, [EDGECORE_UNIT])
  const [file, aside] = [EDGE_DATABASE, DAMAGED_DATABASE].map((name) => onHost(host, name)) as [
    string,
    string,
  ]
  for (const suffix of SQLITE_SIDE_FILES) await rm(`${file}${suffix}`, { force: true })
  await chmod(file, 0o600)
  await rename(file, aside)
  run.report(replaced(damage))
}

function replaced(damage: string): WorkEvent {
  return {
    type: 'note',
    level: 'warning',
    text: {
      en: `EdgeCore's database was damaged (${damage}), and is kept as ${DAMAGED_DATABASE}: the cloud sends its content again. Check the disk (dmesg)`,
      zh: `EdgeCore 的数据库已损坏（${damage}），已保留为 ${DAMAGED_DATABASE}：云端会重新下发其内容。请检查磁盘（dmesg）`,
    },
  }
}

import type { Text } from '@edgelift/core'
import type { Host } from '../node/host.ts'
import { isUp } from '../node/units.ts'
import { changesOf, type Receipt } from '../state/receipt.ts'
import { MESH_UNIT } from './places.ts'
import { type MeshState, readMeshState } from './state.ts'

export interface MeshStatus {
  /** Undefined while systemd does not say. */
  readonly running: boolean | undefined
  /** What the service tells; undefined while it does not run. */
  readonly state: MeshState | undefined
}

function hasMeshRefresh(receipt: Pick<Receipt, 'steps'>): boolean {
  return changesOf(receipt, 'unit').some(({ unit }) => unit === MESH_UNIT)
}

/** Undefined where it is not installed. */
export async function meshStatus(
  host: Host,
  receipt: Pick<Receipt, 'steps'>,
): Promise<MeshStatus | undefined> {
  if (!hasMeshRefresh(receipt)) return undefined
  const [running, state] = await Promise.all([isUp(host, MESH_UNIT), readMeshState(host)])
  return { running, state }
}

/** In one line. */
export function meshStatusText({ running, state }: MeshStatus): Text {
  if (running === undefined)
    return {
      en: 'mesh refresh: systemd does not say whether it runs',
      zh: '网格刷新服务：systemd 无响应，无法得知是否在运行',
    }
  if (!running)
    return {
      en: 'mesh refresh: not running; ./edgelift doctor',
      zh: '网格刷新服务：未运行；请执行 ./edgelift doctor',
    }
  if (state?.error !== undefined)
    return {
      en: 'mesh refresh: cannot reach the API; ./edgelift doctor',
      zh: '网格刷新服务：无法访问 Kubernetes API；请执行 ./edgelift doctor',
    }
  const last = state?.refreshed
  if (last === undefined) return { en: 'mesh refresh: idle', zh: '网格刷新服务：空闲' }
  return { en: `mesh refresh: last at ${last}`, zh: `网格刷新服务：最近一次 ${last}` }
}

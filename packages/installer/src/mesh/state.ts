import { stat } from 'node:fs/promises'
import { clearWay, writeFileAtomic } from '@edgelift/core'
import { z } from 'zod'
import { type Host, onHost } from '../node/host.ts'
import { readHostJson } from '../node/host-json.ts'
import { processAge } from '../node/units.ts'
import { MESH_STATE, MESH_UNIT } from './places.ts'

/** What the service tells of itself; gone with a reboot. Times are RFC 3339. */
const MeshState = z.object({
  /** When the CloudCore started that it follows. */
  cloudCore: z.string().optional(),
  /** Edges that had joined before, and have connected since. */
  back: z.array(z.string()),
  /** Edges that had joined before, and have not connected yet. */
  awaited: z.array(z.string()),
  /** How often all Endpoints were sent again since the service started, and when that was last. */
  refreshes: z.number(),
  refreshed: z.string().optional(),
  /** Why it cannot work; absent while it can. */
  error: z.string().optional(),
})
export type MeshState = z.infer<typeof MeshState>

export async function writeMeshState(host: Host, state: MeshState): Promise<void> {
  await clearWay(onHost(host, MESH_STATE))
  await writeFileAtomic(onHost(host, MESH_STATE), `${JSON.stringify(state)}\n`, 0o644)
}

/** Undefined while the service does not run, or has not looked yet, and where what it wrote is damaged: it will write it again. */
export function readMeshState(host: Host): Promise<MeshState | undefined> {
  return readHostJson(host, MESH_STATE, MeshState)
}

/** Whether the service that runs has asked the API, and can work. What a former one told stays over a restart. */
export async function hasReachedApi(host: Host): Promise<boolean> {
  const age = await processAge(host, MESH_UNIT)
  const told = await stat(onHost(host, MESH_STATE)).catch(() => undefined)
  if (age === undefined || told === undefined || told.mtimeMs < host.now() - age) return false
  const state = await readMeshState(host)
  return state !== undefined && state.error === undefined
}

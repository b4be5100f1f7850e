import { rm } from 'node:fs/promises'
import { isThere } from '../node/copies.ts'
import { type Host, onHost } from '../node/host.ts'
import { STATE_FOLDER } from './journal.ts'

/** Copies of what upgrades can destroy, each in a folder of its own. */
export const COPIES = `${STATE_FOLDER}/copies`
/** Where a backup lies unpacked until the installation from it is complete. */
export const RESTORE_FOLDER = `${STATE_FOLDER}/restore`
/** Where a backup lies while it is packed; a killed run's is overwritten. */
export const PACKING_FOLDER = `${STATE_FOLDER}/backing-up`

/** Removes all of them: keys and tokens lie in them. True where one was there. */
export async function removeCopies(host: Host): Promise<boolean> {
  let found = false
  for (const folder of [COPIES, RESTORE_FOLDER, PACKING_FOLDER]) {
    found ||= await isThere(onHost(host, folder))
    await rm(onHost(host, folder), { recursive: true, force: true })
  }
  return found
}

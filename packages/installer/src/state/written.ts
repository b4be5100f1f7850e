import { cp, rename, rm } from 'node:fs/promises'
import path from 'node:path'
import { clearWay, isErrno, makeFolder, writeFileAtomic } from '@edgelift/core'
import { z } from 'zod'
import { copyWhole, isThere } from '../node/copies.ts'
import { type Host, onHost } from '../node/host.ts'
import { readHostJson } from '../node/host-json.ts'
import { STATE_FOLDER } from './journal.ts'

/** SHA-256 of what edgelift wrote last into each file, and of what it wrote before that. */
export const WRITTEN = `${STATE_FOLDER}/written.json`
/** What people had changed and a later installation replaced. */
export const REPLACED = `${STATE_FOLDER}/replaced`

const Written = z.record(z.string(), z.array(z.string()))
export type Written = Readonly<Record<string, readonly string[]>>

/**
 * A file with another content than these was changed by somebody else; one that is not named is not known, and none is where
 * the list is damaged.
 */
export async function writtenFiles(host: Host): Promise<Written> {
  return (await readHostJson(host, WRITTEN, Written)) ?? {}
}

/** To be called before the files are written: a run that is cut off leaves the one content or the other. */
export async function rememberWritten(host: Host, files: ReadonlyMap<string, string>): Promise<void> {
  const known = await writtenFiles(host)
  const fresh = [...files].filter(([file, sha]) => known[file]?.[0] !== sha)
  if (fresh.length === 0) return
  const added = fresh.map(([file, sha]) => [file, [sha, ...(known[file] ?? []).slice(0, 1)]])
  await keepList(host, { ...known, ...Object.fromEntries(added) })
}

/** Of files that edgelift itself has removed: nobody else deleted them, should they come back one day. */
export async function forgetWritten(host: Host, files: readonly string[]): Promise<void> {
  const known = await writtenFiles(host)
  const left = Object.entries(known).filter(([file]) => !files.includes(file))
  if (left.length < Object.keys(known).length) await keepList(host, Object.fromEntries(left))
}

async function keepList(host: Host, list: Written): Promise<void> {
  await makeFolder(onHost(host, STATE_FOLDER))
  await clearWay(onHost(host, WRITTEN))
  await writeFileAtomic(onHost(host, WRITTEN), `${JSON.stringify(list, null, 2)}\n`, 0o600)
}

/** Keeps a file, with its mode and owner, before it is replaced; where the copy lies. */
export async function keepFile(host: Host, file: string): Promise<string> {
  const copy = await placeFor(host, path.basename(file))
  await copyWhole(onHost(host, file), onHost(host, copy))
  return copy
}

/** Moves away what stands in a file's place and is of no use there; where it lies then. */
export async function moveAway(host: Host, thing: string): Promise<string> {
  const place = await placeFor(host, path.basename(thing))
  const [from, to] = [onHost(host, thing), onHost(host, place)]
  await rename(from, to).catch(async (error: unknown) => {
    if (!isErrno(error, 'EXDEV')) throw error
    await cp(from, to, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true })
    await rm(from, { recursive: true })
  })
  return place
}

/** Keeps a text, such as an object of the cluster; where it lies. */
export async function keepText(host: Host, name: string, text: string): Promise<string> {
  const copy = await placeFor(host, name)
  await writeFileAtomic(onHost(host, copy), text, 0o600)
  return copy
}

/** A name that is free: what is kept there already is somebody's change, too. */
async function placeFor(host: Host, name: string): Promise<string> {
  await makeFolder(onHost(host, REPLACED), 0o700)
  const time = new Date(host.now()).toISOString().replace(/[-:]/g, '')
  for (let number = 1; ; number++) {
    const place = `${REPLACED}/${time}${number === 1 ? '' : `-${number}`}-${name}`
    if (!(await isThere(onHost(host, place)))) return place
  }
}

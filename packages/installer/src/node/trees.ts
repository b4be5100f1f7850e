import { lstat, readdir, rm } from 'node:fs/promises'
import path from 'node:path'
import { isErrno } from '@edgelift/core'
import { isThere, namesIn } from './copies.ts'
import { type Host, onHost } from './host.ts'
import { mountsBelow, unmountBelow } from './mounts.ts'

/** Names that a folder had before. */
export interface Held {
  readonly path: string
  readonly names: readonly string[]
}

/** A folder that programs fill, and what it had before them. */
export interface TrackedTree {
  readonly path: string
  /** Its own names, and those on the way to mounts and linked folders in it. Absent: the folder was not there. */
  readonly held?: readonly Held[] | undefined
  /** Names in it that a removal leaves. */
  readonly keep?: readonly string[] | undefined
}

/** What a folder holds, to be recorded before programs fill it; undefined where it is not there. */
export async function heldIn(host: Host, folder: string): Promise<Held[] | undefined> {
  const names = await namesIn(onHost(host, folder))
  if (names === undefined)
    return (await isThere(onHost(host, folder))) ? [{ path: folder, names: [] }] : undefined
  const inner = [...(await mountsBelow(host, folder)), ...(await linkedFolders(host, folder))]
  const way = new Set(inner.flatMap((place) => wayTo(folder, place)))
  const held: Held[] = [{ path: folder, names }]
  for (const place of way) held.push({ path: place, names: (await namesIn(onHost(host, place))) ?? [] })
  return held
}

/** Folders between `folder`, left out, and `place`, included. */
function wayTo(folder: string, place: string): string[] {
  return place === folder ? [] : [...wayTo(folder, path.posix.dirname(place)), place]
}

/** Links are looked for this deep, and among this many entries: deeper ones are no place for a disk. */
const DEPTH = 3
const ENTRIES = 500

async function linkedFolders(host: Host, folder: string): Promise<string[]> {
  const found: string[] = []
  let left = ENTRIES
  const look = async (at: string, depth: number): Promise<void> => {
    const entries = await readdir(onHost(host, at), { withFileTypes: true }).catch((error: unknown) => {
      if (isErrno(error, 'ENOENT', 'ENOTDIR', 'EACCES')) return []
      throw error
    })
    for (const entry of entries) {
      left -= 1
      if (left < 0) return
      const place = path.posix.join(at, entry.name)
      if (entry.isSymbolicLink() && (await namesIn(onHost(host, place))) !== undefined) found.push(place)
      else if (entry.isDirectory() && depth > 1) await look(place, depth - 1)
    }
  }
  await look(folder, DEPTH)
  return found
}

/**
 * Removes from a folder what was not in it before: mounts that programs made there first. The folder itself goes when
 * it was not there; mounts and links of the operator are emptied and stay.
 * @param kept mount points of the operator
 * @param told is given each place that goes
 */
export async function removeAdded(
  host: Host,
  tree: TrackedTree,
  kept: readonly string[],
  told: (place: string) => void,
): Promise<void> {
  const { path: folder, held, keep = [] } = tree
  await unmountBelow(host, folder, kept)
  const names = new Map(held?.map((one) => [one.path, one.names]))
  const stays = new Set([
    ...names.keys(),
    ...kept.flatMap((place) => (isIn(folder, place) ? wayTo(folder, place) : [])),
  ])
  const spared = new Set(keep.map((name) => path.posix.join(folder, name)))
  const isWhole =
    held === undefined && stays.size === 0 && !kept.includes(folder) && !(await anyThere(host, spared))
  if (isWhole) {
    if (!(await isThere(onHost(host, folder)))) return
    await rm(onHost(host, folder), { recursive: true, force: true })
    return told(folder)
  }
  const empty = async (at: string): Promise<void> => {
    const before = names.get(at) ?? (kept.includes(at) ? ['lost+found'] : [])
    for (const name of (await namesIn(onHost(host, at))) ?? []) {
      const place = path.posix.join(at, name)
      if (spared.has(place)) continue
      if (stays.has(place)) await empty(place)
      else if (!before.includes(name)) {
        await rm(onHost(host, place), { recursive: true, force: true })
        told(place)
      }
    }
  }
  await empty(folder)
}

function isIn(folder: string, place: string): boolean {
  return place.startsWith(`${folder}/`)
}

async function anyThere(host: Host, places: Iterable<string>): Promise<boolean> {
  for (const place of places) if (await isThere(onHost(host, place))) return true
  return false
}

/** Removes a folder with everything in it. A link, and mount points at it and below it, are emptied and stay. */
export async function removeFolder(host: Host, folder: string): Promise<void> {
  const target = onHost(host, folder)
  if ((await namesIn(target)) === undefined) return rm(target, { force: true })
  const isLink = (await lstat(target)).isSymbolicLink()
  const held = isLink ? [{ path: folder, names: ['lost+found'] }] : undefined
  await removeAdded(host, { path: folder, held }, await mountsBelow(host, folder), () => undefined)
}

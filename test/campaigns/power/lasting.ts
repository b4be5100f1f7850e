import { copyFile, mkdir, open, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { Random } from '../random.ts'

/** What of a tree was on the disk for certain: copies that `recorder.mjs` keeps of each fsync. */
export interface Lasting {
  readonly copies: string
}

/** Everything that is there now is lasting: the state before a program runs. */
export async function allLasts(tree: string, copies: string): Promise<Lasting> {
  await mkdir(path.join(copies, 'files'), { recursive: true })
  await mkdir(path.join(copies, 'folders'), { recursive: true })
  for (const folder of await foldersOf(tree)) {
    const entries: [string, number][] = []
    for (const name of await readdir(folder)) {
      const found = await stat(path.join(folder, name))
      entries.push([name, found.ino])
      if (found.isFile())
        await copyFile(path.join(folder, name), path.join(copies, 'files', String(found.ino)))
    }
    await writeFile(path.join(copies, 'folders', String((await stat(folder)).ino)), JSON.stringify(entries))
  }
  return { copies }
}

/**
 * Puts a tree into one of the states in which a power loss may leave it. A name that no fsync of its folder has made lasting
 * is there, or is as it was before. A content that no fsync has made lasting is there, is as it was, is cut off, or is zeros
 * (as file systems with delayed allocation leave it).
 */
export async function losePower(tree: string, lasting: Lasting, random: Random): Promise<void> {
  for (const folder of await foldersOf(tree)) await loseNames(folder, lasting, random)
  for (const folder of await foldersOf(tree)) {
    for (const entry of await readdir(folder, { withFileTypes: true }))
      if (entry.isFile()) await loseContent(path.join(folder, entry.name), lasting, random)
  }
}

async function loseNames(folder: string, { copies }: Lasting, random: Random): Promise<void> {
  const found = await stat(folder).catch(() => undefined) // gone with the folder above
  if (found === undefined) return
  const { ino } = found
  const text = await readFile(path.join(copies, 'folders', String(ino)), 'utf8').catch(() => '[]')
  const before = new Map(JSON.parse(text) as [string, number][])
  for (const name of new Set([...before.keys(), ...(await readdir(folder))])) {
    const place = path.join(folder, name)
    const now = await stat(place).catch(() => undefined)
    const was = before.get(name)
    if (now?.ino === was || random.chance(0.5)) continue
    if (was === undefined) await rm(place, { recursive: true, force: true })
    else if (now?.isDirectory() !== true)
      // The file of then: its last lasting content, and nothing where it never had one.
      await writeFile(place, await readFile(path.join(copies, 'files', String(was))).catch(() => ''))
  }
}

async function loseContent(file: string, { copies }: Lasting, random: Random): Promise<void> {
  const { ino, size } = await stat(file)
  const copy = await readFile(path.join(copies, 'files', String(ino))).catch(() => undefined)
  const now = await readFile(file)
  if (copy?.equals(now) || random.chance(0.4)) return
  const end = random.below(size + 1)
  const kinds: readonly (() => Promise<unknown>)[] = [
    () => writeFile(file, copy ?? ''),
    () => truncate(file, end),
    () => zeros(file, end, size),
  ]
  await random.pick(kinds)()
}

/** Blocks whose size is known and whose content never came. */
async function zeros(file: string, from: number, to: number): Promise<void> {
  const handle = await open(file, 'r+')
  await handle.write(Buffer.alloc(to - from), 0, to - from, from)
  await handle.close()
}

async function foldersOf(tree: string): Promise<string[]> {
  const entries = await readdir(tree, { recursive: true, withFileTypes: true })
  const inside = entries.filter((entry) => entry.isDirectory())
  return [tree, ...inside.map((entry) => path.join(entry.parentPath, entry.name))].sort()
}

import { createHash } from 'node:crypto'
import { access, mkdir, readdir, readFile, rename, rm, stat, utimes } from 'node:fs/promises'
import { homedir } from 'node:os'
import path from 'node:path'
import { temporaryBeside } from '@edgelift/core'
import { exists } from '../nodes/cache.ts'
import { waitForLock } from '../waiting-lock.ts'
import { type Build, builds, type PartName } from './part-builds.ts'

export type { PartName } from './part-builds.ts'

/** Where tests keep what is slow to make; everything in there is keyed by what it is made of. */
export function testCache(): string {
  return process.env.EDGELIFT_TEST_CACHE ?? path.join(homedir(), '.cache', 'edgelift-test')
}

/**
 * Paths of real programs for linux/amd64, by name; all of them when no names are given. What is not in the test cache
 * is built first, one build at a time on this machine, with a line on standard error for each: the whole set
 * takes minutes on two cores, and nothing the next time.
 *
 * The Kubernetes programs and etcd are names of one program: a copy that is called otherwise takes the name
 * as its first argument.
 */
export async function parts<N extends PartName = PartName>(names?: readonly N[]): Promise<Record<N, string>> {
  const wanted = (names ?? builds.flatMap((build) => build.programs)) as readonly N[]
  const found = {} as Record<N, string>
  for (const name of wanted) found[name] = path.join(await folderWith(name), name)
  return found
}

async function folderWith(name: PartName): Promise<string> {
  const build = builds.find((one) => one.programs.includes(name))
  if (build === undefined) throw new Error(`no part is called ${name}`)
  const needed = await parts(build.needs ?? [])
  const folder = path.join(testCache(), 'parts', `${build.id}-${build.version}-${await keyOf(build, needed)}`)
  const now = new Date()
  const isThere = await utimes(folder, now, now).then(
    () => true,
    () => false,
  )
  if (isThere) return folder
  const lock = await waitForLock(path.join(testCache(), 'parts', '.lock'))
  try {
    if (!(await exists(folder))) await make(build, folder, needed)
    await removeUnused(path.dirname(folder))
  } finally {
    await lock[Symbol.asyncDispose]()
  }
  return folder
}

/** Days after which a part that nobody asked for any more is removed: of other sources, or of another version. */
const UNUSED = 14

async function removeUnused(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const place = path.join(folder, name)
    const { mtimeMs } = await stat(place)
    if (Date.now() - mtimeMs > UNUSED * 86_400_000) await rm(place, { recursive: true, force: true })
  }
}

async function make(build: Build, folder: string, needed: Readonly<Record<string, string>>): Promise<void> {
  const began = Date.now()
  process.stderr.write(`building ${build.id} ${build.version} ...\n`)
  const unfinished = temporaryBeside(folder)
  await mkdir(unfinished, { recursive: true })
  try {
    await build.make(unfinished, needed)
    for (const program of build.programs) await access(path.join(unfinished, program))
    await rename(unfinished, folder)
  } finally {
    await rm(unfinished, { recursive: true, force: true })
  }
  process.stderr.write(`built ${build.id} ${build.version} in ${Math.round((Date.now() - began) / 1000)} s\n`)
}

/** Twelve hexadecimal digits over all that decides what a build makes. */
async function keyOf(build: Build, needed: Readonly<Record<string, string>>): Promise<string> {
  const hash = createHash('sha256').update(build.version).update(build.recipe)
  for (const place of Object.values(needed).sort()) hash.update(path.basename(path.dirname(place)))
  for (const file of await sourcesIn(build.sources)) {
    hash.update(`\0${path.relative(build.sources ?? '', file)}\0`)
    hash.update(await readFile(file))
  }
  return hash.digest('hex').slice(0, 12)
}

async function sourcesIn(place: string | undefined): Promise<string[]> {
  if (place === undefined) return []
  const names = await readdir(place, { recursive: true })
  const wanted = names.filter((name) => !/_test\.go$|\.ts$|testdata/.test(name)).sort()
  const files: string[] = []
  for (const name of wanted) {
    const file = path.join(place, name)
    if ((await stat(file)).isFile()) files.push(file)
  }
  return files
}

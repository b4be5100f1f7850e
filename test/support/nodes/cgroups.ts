import { mkdir, readdir, readFile, rmdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { isErrno } from '@edgelift/core'
import { exists } from './cache.ts'

/**
 * The folder `name` below this process's own control group in every hierarchy: version 1 controllers each on their
 * own, or the one of version 2 (there below the root, whose controllers are delegated to its children).
 */
export async function cgroupFolders(name: string): Promise<string[]> {
  const own = await placesOf('self')
  return own.map(({ mount, place }) => path.join(mount, own.length === 1 ? '/' : place, name))
}

/** For commands on a node: a group beside those of its systemd's units, which the node sees as `/commands`. */
export async function commandFolders(firstProcess: number): Promise<string[]> {
  const places = await placesOf(String(firstProcess))
  return places.map(({ mount, place }) => path.join(mount, place.replace(/\/init\.scope$/, ''), 'commands'))
}

async function placesOf(process: string): Promise<{ mount: string; place: string }[]> {
  const lines = (await readFile(`/proc/${process}/cgroup`, 'utf8')).split('\n').filter((line) => line !== '')
  const mounts = await cgroupMounts()
  const places: { mount: string; place: string }[] = []
  for (const line of lines) {
    const [, names = '', place = '/'] = /^\d+:([^:]*):(.*)$/.exec(line) ?? []
    const mount = mounts.get(names)
    if (mount !== undefined) places.push({ mount, place })
  }
  return places
}

/** Where each hierarchy is mounted, by the names that /proc/self/cgroup gives it (empty for version 2). */
async function cgroupMounts(): Promise<Map<string, string>> {
  const found = new Map<string, string>()
  for (const line of (await readFile('/proc/self/mountinfo', 'utf8')).split('\n')) {
    const [left = '', right = ''] = line.split(' - ')
    const [type, , options = ''] = right.split(' ')
    const point = left.split(' ')[4]
    if (point === undefined || !point.startsWith('/sys/fs/cgroup')) continue
    if (type === 'cgroup2') found.set('', point)
    if (type === 'cgroup') found.set(controllersOf(options), point)
  }
  return found
}

function controllersOf(options: string): string {
  const known = options
    .split(',')
    .filter((option) => !['rw', 'ro', 'xattr', 'clone_children', 'noprefix'].includes(option))
  return known.filter((option) => !option.startsWith('release_agent=')).join(',')
}

/** Makes the folders; a cpuset of version 1 takes nobody in until it names processors and memory. */
export async function makeCgroups(folders: readonly string[]): Promise<void> {
  for (const folder of folders) {
    await mkdir(folder, { recursive: true })
    for (const file of ['cpuset.cpus', 'cpuset.mems']) {
      const above = await readFile(path.join(folder, '..', file), 'utf8').catch(() => undefined)
      const mine =
        above === undefined
          ? undefined
          : await readFile(path.join(folder, file), 'utf8').catch(() => undefined)
      if (above !== undefined && mine !== undefined && mine.trim() === '')
        await writeFile(path.join(folder, file), above)
    }
  }
}

/** The line of a shell by which it, and what it becomes, joins the groups. */
export function joinLine(folders: readonly string[]): string {
  return folders.map((folder) => `echo 0 > ${folder}/cgroup.procs`).join('; ')
}

/** The processes in these groups and all groups below. */
export async function processesIn(folders: readonly string[]): Promise<number[]> {
  const found = new Set<number>()
  for (const folder of folders) {
    for (const group of await treeOf(folder)) {
      const text = await readFile(path.join(group, 'cgroup.procs'), 'utf8').catch(() => '')
      for (const line of text.split('\n')) if (Number(line) > 0) found.add(Number(line))
    }
  }
  return [...found]
}

/**
 * Kills what is in the groups and removes them, deepest first: groups that stay make the next kubelet slow.
 * @throws Error when something in there cannot be killed within ten seconds
 */
export async function removeCgroups(folders: readonly string[]): Promise<void> {
  const deadline = Date.now() + 10_000
  for (;;) {
    for (const pid of await processesIn(folders)) kill(pid)
    await thaw(folders)
    const left = (await Promise.all(folders.map(removeTree))).some((gone) => !gone)
    if (!left) return
    if (Date.now() > deadline) throw new Error(`control groups cannot be removed: ${folders.join(' ')}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

/** runc freezes what it changes: a node that loses its power just then leaves processes that not even SIGKILL ends. */
async function thaw(folders: readonly string[]): Promise<void> {
  const groups = (await Promise.all(folders.map(treeOf))).flat()
  const set = (group: string, file: string, word: string) =>
    writeFile(path.join(group, file), word, { flag: 'r+' }).catch((error: unknown) => {
      if (!isErrno(error, 'ENOENT', 'ENODEV')) throw error
    })
  for (const group of groups) {
    await set(group, 'freezer.state', 'THAWED')
    await set(group, 'cgroup.freeze', '0')
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch (error) {
    if (!isErrno(error, 'ESRCH')) throw error
  }
}

/** The group and all below it, parents first. */
async function treeOf(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => [])
  const below = await Promise.all(
    entries.filter((entry) => entry.isDirectory()).map((entry) => treeOf(path.join(folder, entry.name))),
  )
  return [folder, ...below.flat()]
}

async function removeTree(folder: string): Promise<boolean> {
  for (const group of (await treeOf(folder)).reverse()) {
    await rmdir(group).catch((error: unknown) => {
      if (!isErrno(error, 'ENOENT', 'EBUSY', 'ENOTEMPTY')) throw error
    })
  }
  return !(await exists(folder))
}

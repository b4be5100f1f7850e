import { realpath, rm } from 'node:fs/promises'
import path from 'node:path'
import { isErrno, shellWord } from '@edgelift/core'
import { fail } from '../problem/codes.ts'
import { namesIn } from './copies.ts'
import { doAll } from './do-all.ts'
import { type Host, onHost, readHostFile } from './host.ts'
import { type Mount, mountTable, unescaped } from './mount-table.ts'

/** Where container runtimes keep their network namespaces. */
export const NAMESPACES = '/run/netns'

/** Mount points at a folder and below it, as paths through the folder, which may be a link or lie behind one. */
export async function mountsBelow(host: Host, folder: string): Promise<string[]> {
  const real = await realPlace(host, folder)
  return (await mountTable(host)).flatMap(({ place }) =>
    place === real ? [folder] : place.startsWith(`${real}/`) ? [folder + place.slice(real.length)] : [],
  )
}

/** The host's own name of a folder; itself where it is not there. */
async function realPlace(host: Host, folder: string): Promise<string> {
  try {
    const [root, real] = await Promise.all([realpath(host.root), realpath(onHost(host, folder))])
    return path.join('/', path.relative(root, real))
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return folder
    throw error
  }
}

/**
 * Unmounts a folder and everything below it, the deepest first, but for the mounts in `kept` and those that they lie on:
 * `umount -l` takes along what is mounted on a mount (umount2(2), MNT_DETACH).
 * @throws STEP_FAILED for one that cannot be unmounted: whoever removes the folder would remove what is behind it
 */
export async function unmountBelow(host: Host, folder: string, kept: readonly string[] = []): Promise<void> {
  const isKept = (place: string) => kept.some((one) => one === place || one.startsWith(`${place}/`))
  const mounts = (await mountsBelow(host, folder)).filter((place) => !isKept(place))
  for (const place of mounts.toSorted((a, b) => b.length - a.length)) {
    const { code, stderr } = await host.exec('umount', ['-l', place], { timeout: 10_000 })
    if (code !== 0 && (await mountsBelow(host, place)).includes(place)) throw stuck(place, stderr)
  }
}

function stuck(place: string, said: string): Error {
  return fail('STEP_FAILED', {
    what: { en: `cannot unmount ${place}`, zh: `无法卸载挂载点 ${place}` },
    because: {
      en: `nothing below it was removed: ${said.trim()}`,
      zh: `其下内容均未删除：${said.trim()}`,
    },
    fix: {
      en: `unmount it (umount ${shellWord(place)}), then run it again`,
      zh: `请先卸载（umount ${shellWord(place)}），再重新运行`,
    },
  })
}

/**
 * Of the mounts below folders those that the operator made: known from before the installation, named in fstab(5), or
 * a disk or another folder mounted on one of the folders themselves, which no program of the stack does.
 * @param before mount points that were there before the first step
 */
export async function operatorMounts(
  host: Host,
  folders: readonly string[],
  before: readonly string[],
): Promise<string[]> {
  const table = await mountTable(host)
  const listed = ((await readHostFile(host, '/etc/fstab')) ?? '')
    .split('\n')
    .flatMap((line) => (line.trim().startsWith('#') ? [] : unescaped(line.trim().split(/\s+/)[1] ?? '')))
  const found = new Set<string>()
  for (const folder of folders) {
    const real = await realPlace(host, folder)
    for (const place of await mountsBelow(host, folder)) {
      const known = folder === place ? real : real + place.slice(folder.length)
      const onFolder = place === folder && !isBoundToItself(table, real)
      if (onFolder || before.includes(place) || listed.includes(place) || listed.includes(known))
        found.add(place)
    }
  }
  return [...found]
}

/** A kubelet binds its folder to itself where mounts in it would not be shared (Kubernetes pkg/util/mount). */
function isBoundToItself(table: readonly Mount[], place: string): boolean {
  const mount = table.findLast((one) => one.place === place)
  const above = table
    .filter((one) => one.place !== place && (one.place === '/' || place.startsWith(`${one.place}/`)))
    .toSorted((a, b) => a.place.length - b.place.length)
    .at(-1)
  if (mount === undefined || above === undefined || mount.device !== above.device) return false
  return mount.folder === path.join(above.folder, path.relative(above.place, place))
}

/** Removes the network namespaces that container runtimes keep as mounts (`cni-…`), but for those in `kept`. */
export async function removeNamespaces(host: Host, kept: readonly string[]): Promise<void> {
  const names = (await namesIn(onHost(host, NAMESPACES))) ?? []
  const doomed = names.filter((name) => name.startsWith('cni-') && !kept.includes(name))
  await doAll(doomed.map((name) => () => removeNamespace(host, name)))
}

export async function removeNamespace(host: Host, name: string): Promise<void> {
  const place = path.posix.join(NAMESPACES, name)
  await unmountBelow(host, place)
  await rm(onHost(host, place), { force: true })
}

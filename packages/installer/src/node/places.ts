import { realpath, statfs } from 'node:fs/promises'
import path from 'node:path'
import { isErrno } from '@edgelift/core'
import type { Place } from './facts.ts'
import { type Host, onHost, readHostFile } from './host.ts'

/** The folders of both roles, by what lies there. */
export const PLACES = {
  programs: '/usr/local',
  cniPrograms: '/opt/cni/bin',
  settings: '/etc',
  k3s: '/var/lib/rancher',
  containerd: '/var/lib/containerd',
  pods: '/var/lib/kubelet',
  state: '/var/lib/edgelift',
  logs: '/var/log',
} as const

/** Free space and mount options of every place, and of the archive's directory. */
export async function placeFacts(host: Host, directory: string): Promise<Place[]> {
  const mounts = parseMounts((await readHostFile(host, '/proc/self/mountinfo')) ?? '')
  return Promise.all(
    [...Object.values(PLACES), directory].map(async (place) => {
      const { real, freeBytes, totalBytes } = await nearestThere(host, place)
      const { mount, options } = mountOf(real, mounts) ?? { mount: '/', options: [] }
      return { path: place, mount, options, freeBytes, totalBytes }
    }),
  )
}

interface Mount {
  readonly mount: string
  readonly options: readonly string[]
}

/** /proc/self/mountinfo (proc_pid_mountinfo(5)): options of the mount, and of the file system behind it. */
export function parseMounts(text: string): Mount[] {
  return text.split('\n').flatMap((line) => {
    const [head = '', tail = ''] = line.split(' - ')
    const [, , , , mount, own = ''] = head.split(' ')
    const [, , behind = ''] = tail.split(' ')
    if (mount === undefined) return []
    return [{ mount: unescaped(mount), options: [...new Set([...own.split(','), ...behind.split(',')])] }]
  })
}

/** The mount that a path lies on: the deepest one, and of several at one place the last. */
export function mountOf(place: string, mounts: readonly Mount[]): Mount | undefined {
  const above = mounts.filter(
    ({ mount }) => mount === '/' || place === mount || place.startsWith(`${mount}/`),
  )
  return above.reduce<Mount | undefined>(
    (deepest, one) => (deepest === undefined || one.mount.length >= deepest.mount.length ? one : deepest),
    undefined,
  )
}

/** Spaces and other characters are octal there. */
function unescaped(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_all, octal: string) =>
    String.fromCharCode(Number.parseInt(octal, 8)),
  )
}

/** The folder itself, or the nearest one above it that is there. */
async function nearestThere(
  host: Host,
  place: string,
): Promise<{ real: string; freeBytes: number; totalBytes: number }> {
  try {
    const real = await realpath(onHost(host, place))
    const { bavail, blocks, bsize } = await statfs(real)
    return { real, freeBytes: bavail * bsize, totalBytes: blocks * bsize }
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR', 'EACCES') && place !== '/')
      return nearestThere(host, path.dirname(place))
    throw error
  }
}

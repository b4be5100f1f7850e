import type { StatsFs } from 'node:fs'
import { realpath, statfs } from 'node:fs/promises'
import path from 'node:path'
import { isErrno } from '@edgelift/core'
import type { Place } from './facts.ts'
import { type Host, onHost } from './host.ts'
import { mountOf, mountTable } from './mount-table.ts'

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
  const mounts = await mountTable(host)
  return Promise.all(
    [...Object.values(PLACES), directory].map(async (place) => {
      const { real, ...room } = await nearestThere(host, place)
      const { place: mount, options } = mountOf(real, mounts) ?? { place: '/', options: [] }
      return { path: place, mount, options, ...room }
    }),
  )
}

export type Room = Pick<Place, 'freeBytes' | 'totalBytes' | 'inodes'>

/** What a file system has room for (statfs(2)): one that makes inodes as they are needed counts none. */
export function roomOf(told: Pick<StatsFs, 'bavail' | 'blocks' | 'bsize' | 'ffree' | 'files'>): Room {
  const { bavail, blocks, bsize, ffree, files } = told
  const inodes = files > 0 ? { inodes: { free: ffree, total: files } } : {}
  return { freeBytes: bavail * bsize, totalBytes: blocks * bsize, ...inodes }
}

/** The folder itself, or the nearest one above it that is there. */
export async function nearestThere(host: Host, place: string): Promise<{ real: string } & Room> {
  try {
    const real = await realpath(onHost(host, place))
    return { real, ...roomOf(await statfs(real)) }
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR', 'EACCES') && place !== '/')
      return nearestThere(host, path.dirname(place))
    throw error
  }
}

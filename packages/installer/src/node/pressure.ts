import type { Role } from '@edgelift/bundle'
import { formatBytes, type Text } from '@edgelift/core'
import type { Inodes, Place } from './facts.ts'
import { PLACES } from './places.ts'

/** What of a file system a kubelet looks at. */
type Measure = 'bytes' | 'inodes'

/**
 * The share of a file system below whose being free a kubelet ends all pods and takes no other: where containerd keeps
 * images (imagefs) and where pods are (nodefs). EdgeCore's are Kubernetes' defaults (pkg/kubelet/eviction/defaults_linux.go), K3s has
 * its own (pkg/daemons/agent), which know no inodes.
 */
const LEAST: Readonly<Record<Role, readonly (readonly [path: string, share: number, of: Measure])[]>> = {
  cloud: [
    [PLACES.k3s, 0.05, 'bytes'],
    [PLACES.pods, 0.05, 'bytes'],
  ],
  edge: [
    [PLACES.containerd, 0.15, 'bytes'],
    [PLACES.pods, 0.1, 'bytes'],
    [PLACES.containerd, 0.05, 'inodes'],
    [PLACES.pods, 0.05, 'inodes'],
  ],
}

/** A file system of which too little is free. */
export interface Pressure {
  readonly place: Place
  /** What there is too little of. */
  readonly of: Measure
  /** The share that has to be free, from 0 to 1. */
  readonly least: number
  /** Bytes that are yet to be written there. */
  readonly taken: number
  /** Bytes or inodes that have to become free. */
  readonly missing: number
}

/**
 * The file systems on which a node of this role could run no pods.
 * @param taken bytes that will be written to the file system of a place
 */
export function diskPressure(
  places: readonly Place[],
  role: Role,
  taken: (place: Place) => number = () => 0,
): Pressure[] {
  const worst = new Map<string, Pressure>()
  for (const [path, least, of] of LEAST[role]) {
    const place = places.find((one) => one.path === path)
    const room = place && roomIn(place, of)
    if (place === undefined || room === undefined) continue
    const one = { place, of, least, taken: of === 'bytes' ? taken(place) : 0 }
    const missing = least * room.total - (room.free - one.taken)
    const key = `${of} ${place.mount}`
    if (missing > (worst.get(key)?.missing ?? 0)) worst.set(key, { ...one, missing })
  }
  return [...worst.values()]
}

function roomIn({ freeBytes, totalBytes, inodes }: Place, of: Measure): Inodes | undefined {
  return of === 'bytes' ? { free: freeBytes, total: totalBytes } : inodes
}

/** What is seen of it, and what will be when the bytes are written that are yet to come. */
export function pressureSeen({ place, of, taken }: Pressure): Text {
  const { mount, freeBytes, totalBytes, inodes } = place
  if (of === 'inodes' && inodes !== undefined) {
    const left = percent(inodes.free, inodes.total)
    return {
      en: `${inodes.free} of ${inodes.total} inodes free on ${mount} (${place.path}): ${left}`,
      zh: `${mount}（${place.path}）共 ${inodes.total} 个 inode，剩余 ${inodes.free} 个（${left}）`,
    }
  }
  const share = (bytes: number) => percent(bytes, totalBytes)
  const now = {
    en: `${formatBytes(freeBytes)} of ${formatBytes(totalBytes)} free on ${mount} (${place.path}): ${share(freeBytes)}`,
    zh: `${mount}（${place.path}）共 ${formatBytes(totalBytes)}，剩余 ${formatBytes(freeBytes)}（${share(freeBytes)}）`,
  }
  if (taken === 0) return now
  const left = share(freeBytes - taken)
  return {
    en: `${now.en}; the installation takes up to ${formatBytes(taken)}, which leaves ${left}`,
    zh: `${now.zh}；安装最多占用 ${formatBytes(taken)}，之后剩余 ${left}`,
  }
}

function percent(part: number, whole: number): string {
  return `${Math.floor((Math.max(part, 0) / whole) * 100)} %`
}

/** Why it matters. */
export function pressureMatters({ least }: Pressure, role: Role): Text {
  const program = role === 'cloud' ? 'K3s' : 'EdgeCore'
  const share = `${least * 100} %`
  return {
    en: `below ${share}, ${program} evicts all pods (DiskPressure) and starts none`,
    zh: `低于 ${share} 时 ${program} 会驱逐全部 Pod（DiskPressure），且不再启动新的 Pod`,
  }
}

export function pressureFix({ place, of, missing }: Pressure): Text {
  if (of === 'inodes') {
    const files = Math.ceil(missing)
    return {
      en: `delete at least ${files} files there (df -i ${place.path}), or mount a larger disk at ${place.path}`,
      zh: `请在该处至少删除 ${files} 个文件（df -i ${place.path}），或将更大的磁盘挂载到 ${place.path}`,
    }
  }
  const more = formatBytes(missing)
  return {
    en: `free ${more} there, or mount a larger disk at ${place.path}`,
    zh: `请在该处释放 ${more}，或将更大的磁盘挂载到 ${place.path}`,
  }
}

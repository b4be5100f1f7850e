import type { Role } from '@edgelift/bundle'
import { formatBytes, type Text } from '@edgelift/core'
import type { Place } from './facts.ts'
import { PLACES } from './places.ts'

/**
 * The share of a file system below whose being free a kubelet ends all pods and takes no other: where containerd keeps
 * images (imagefs.available) and where pods are (nodefs.available). EdgeCore's are upstream's defaults (KubeEdge v1.22.0
 * pkg/apis/componentconfig/edgecore/v1alpha2/default_kubelet_configuration.go), K3s has its own (pkg/daemons/agent).
 */
const LEAST: Readonly<Record<Role, readonly (readonly [path: string, share: number])[]>> = {
  cloud: [
    [PLACES.k3s, 0.05],
    [PLACES.pods, 0.05],
  ],
  edge: [
    [PLACES.containerd, 0.15],
    [PLACES.pods, 0.1],
  ],
}

/** A file system of which too little is free. */
export interface Pressure {
  readonly place: Place
  /** The share that has to be free, from 0 to 1. */
  readonly least: number
  /** Bytes that are yet to be written there. */
  readonly taken: number
  /** Bytes that have to become free. */
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
  for (const [path, least] of LEAST[role]) {
    const place = places.find((one) => one.path === path)
    if (place === undefined) continue
    const one = { place, least, taken: taken(place) }
    const missing = least * place.totalBytes - (place.freeBytes - one.taken)
    if (missing > (worst.get(place.mount)?.missing ?? 0)) worst.set(place.mount, { ...one, missing })
  }
  return [...worst.values()]
}

/** What is seen of it, and what will be when the bytes are written that are yet to come. */
export function pressureSeen({ place, taken }: Pressure): Text {
  const { mount, freeBytes, totalBytes } = place
  const share = (bytes: number) => `${Math.floor((Math.max(bytes, 0) / totalBytes) * 100)} %`
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

/** Why it matters. */
export function pressureMatters({ least }: Pressure, role: Role): Text {
  const program = role === 'cloud' ? 'K3s' : 'EdgeCore'
  const share = `${least * 100} %`
  return {
    en: `below ${share}, ${program} evicts all pods (DiskPressure) and starts none`,
    zh: `低于 ${share} 时 ${program} 会驱逐全部 Pod（DiskPressure），且不再启动新的 Pod`,
  }
}

export function pressureFix({ place, missing }: Pressure): Text {
  const more = formatBytes(missing)
  return {
    en: `free ${more} there, or mount a larger disk at ${place.path}`,
    zh: `请在该处释放 ${more}，或将更大的磁盘挂载到 ${place.path}`,
  }
}

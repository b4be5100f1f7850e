import type { BundleManifest } from '@edgelift/bundle'
import { isErrno } from '@edgelift/core'
import type { Unheard } from '../node/facts.ts'
import type { Host } from '../node/host.ts'
import type { Ctr } from './ctr.ts'
import { type ExistingContainerd, honoursPins, lookForContainerd } from './existing.ts'

/** The containerd that an edge node's pods run in. */
export interface EdgeRuntime {
  readonly kind: 'bundled' | 'existing'
  readonly ctr: Ctr
  /** Path of its socket. */
  readonly socket: string
  /** Whether the kubelet hears of pinned images; else it must collect none. */
  readonly honoursPins: boolean
  /** What was found of a containerd of the host's own; undefined when there is none (any more). */
  readonly found: ExistingContainerd | undefined
  /** Why nobody knows whether there is one. */
  readonly silent?: Unheard | undefined
}

const SOCKET = '/run/containerd/containerd.sock'

/** How the containerd of an edge installation is reached, by the answer `containerd`. */
export async function edgeRuntime(
  place: { readonly host: Host; readonly directory: string; readonly manifest: BundleManifest },
  kind: 'bundled' | 'existing',
): Promise<EdgeRuntime> {
  if (kind === 'bundled') {
    const ctr: Ctr = ['/usr/local/bin/ctr', '-n', 'k8s.io']
    return { kind, ctr, socket: SOCKET, honoursPins: true, found: undefined }
  }
  const { sandboxImage } = place.manifest.settings
  const { host, directory } = place
  const { found, silent } = await lookForContainerd(host, { directory, sandboxImage }).catch(
    (error: unknown): Awaited<ReturnType<typeof lookForContainerd>> => {
      if (isErrno(error, 'EACCES', 'EPERM')) return {} // a dry run of a normal user
      throw error
    },
  )
  return {
    kind,
    ctr: found?.ctr ?? ['ctr', '-n', 'k8s.io'],
    socket: found?.effective?.socket ?? SOCKET,
    honoursPins: found === undefined || honoursPins(found.version),
    found,
    silent,
  }
}

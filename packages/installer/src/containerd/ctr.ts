import path from 'node:path'
import { hexOfIntegrity } from '@edgelift/bundle'

/** How containerd's own tool is called: `ctr -n k8s.io`, or `k3s ctr` with the same namespace. */
export type Ctr = readonly [command: string, ...args: string[]]

/** containerd errdefs, ErrNotFound, as ctr prints it: `ctr: container "x" in namespace "k8s.io": not found`. */
export const NOT_FOUND = /: not found\s*$/

/** Where distributions have their containerd: K3s and RKE2, the distribution's own, k0s, MicroK8s. */
export const CONTAINERD_SOCKETS = [
  '/run/k3s/containerd/containerd.sock',
  '/run/containerd/containerd.sock',
  '/run/k0s/containerd.sock',
  '/var/snap/microk8s/common/run/containerd.sock',
] as const

/** A name under which an image tarball lies in K3s' images directory: its own, and never one that is a pull list. */
export function imagesDirectoryName(file: { readonly path: string; readonly integrity: string }): string {
  const name = path.posix.basename(file.path)
  return name.endsWith('.tar') ? name : `${name}-${hexOfIntegrity(file.integrity).slice(0, 12)}.tar`
}

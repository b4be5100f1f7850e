import path from 'node:path'
import { hexOfIntegrity } from '@edgelift/bundle'
import { mustExec } from '@edgelift/core'
import type { Host } from '../node/host.ts'

/** How containerd's own tool is called: `ctr -n k8s.io`, or `k3s ctr` with the same namespace. */
export type Ctr = readonly [command: string, ...args: string[]]

/** Where distributions have their containerd: K3s and RKE2, the distribution's own, k0s, MicroK8s. */
export const CONTAINERD_SOCKETS = [
  '/run/k3s/containerd/containerd.sock',
  '/run/containerd/containerd.sock',
  '/run/k0s/containerd.sock',
  '/var/snap/microk8s/common/run/containerd.sock',
] as const

const PINNED = 'io.cri-containerd.pinned=pinned'

/** Names of all images that this containerd knows. */
export async function imageNames(host: Host, ctr: Ctr): Promise<Set<string>> {
  const [command, ...args] = ctr
  const result = await host.exec(command, [...args, 'images', 'ls', '-q'], { timeout: 30_000 })
  return new Set(result.code === 0 ? result.stdout.split('\n').filter((name) => name !== '') : [])
}

/** Every name with the digest of what it stands for. */
export async function imageTargets(host: Host, ctr: Ctr): Promise<Map<string, string>> {
  const [command, ...args] = ctr
  const { stdout } = await host.exec(command, [...args, 'images', 'ls'], { timeout: 30_000 })
  const rows = stdout.split('\n').slice(1)
  return new Map(
    rows.flatMap((row): [string, string][] => {
      const [name, , digest] = row.split(/\s+/)
      return name && digest ? [[name, digest]] : []
    }),
  )
}

/** Removes images by name, and the names by digest that the CRI plugin gave them, where nobody else has the same image. */
export async function removeImages(host: Host, ctr: Ctr, references: readonly string[]): Promise<void> {
  const [command, ...args] = ctr
  const before = await imageTargets(host, ctr)
  const targets = new Set(references.flatMap((reference) => before.get(reference) ?? []))
  const isId = (name: string) => name.startsWith('sha256:')
  const others = [...before].filter(([name]) => !isId(name) && !references.includes(name))
  const shared = new Set(others.map(([, digest]) => digest))
  const ids = [...before].filter(([name, digest]) => isId(name) && targets.has(digest) && !shared.has(digest))
  for (const name of [...references, ...ids.map(([id]) => id)]) {
    await host.exec(command, [...args, 'images', 'rm', name], { timeout: 30_000 })
  }
}

/** Names of the images that the kubelet's garbage collection leaves. */
async function pinnedNames(host: Host, ctr: Ctr): Promise<Set<string>> {
  const [command, ...args] = ctr
  const result = await host.exec(command, [...args, 'images', 'ls'], { timeout: 30_000 })
  return new Set(
    result.stdout
      .split('\n')
      .filter((line) => line.includes(PINNED))
      .map((line) => line.split(/\s/, 1)[0] ?? ''),
  )
}

/**
 * Which of the references are there, complete (`ctr images check`: every layer's content is present) and pinned, so
 * that the kubelet's garbage collection leaves them. An import that ends with 0 proves none of this.
 */
export async function missingImages(host: Host, ctr: Ctr, references: readonly string[]): Promise<string[]> {
  const [command, ...args] = ctr
  const pinned = await pinnedNames(host, ctr)
  const check = await host.exec(command, [...args, 'images', 'check'], { timeout: 60_000 })
  // Not with -q, which leaves out what is complete but not unpacked yet.
  const whole = new Set(
    check.stdout
      .split('\n')
      .filter((line) => / complete \(/.test(line))
      .map((line) => line.split(/\s/, 1)[0] ?? ''),
  )
  return references.filter((reference) => !pinned.has(reference) || !whole.has(reference))
}

/** Imports one image tarball and pins what it holds. containerd 1.6 cannot label while it imports. */
export async function importImage(
  host: Host,
  ctr: Ctr,
  image: { readonly reference: string; readonly file: string },
): Promise<void> {
  const [command, ...args] = ctr
  await mustExec(host.exec, command, [...args, 'images', 'import', image.file], { timeout: 600_000 })
  await pin(host, ctr, image.reference)
}

/** Keeps an image from the kubelet's garbage collection. */
export async function pin(host: Host, [command, ...args]: Ctr, reference: string): Promise<void> {
  await mustExec(host.exec, command, [...args, 'images', 'label', reference, PINNED], { timeout: 30_000 })
}

/** Leaves an image to the kubelet's garbage collection again. */
export async function unpin(host: Host, [command, ...args]: Ctr, reference: string): Promise<void> {
  // An empty value takes the label away.
  await host.exec(command, [...args, 'images', 'label', reference, PINNED.replace(/=.*/, '=')], {
    timeout: 30_000,
  })
}

/** A name under which an image tarball lies in K3s' images directory: its own, and never one that is a pull list. */
export function imagesDirectoryName(file: { readonly path: string; readonly integrity: string }): string {
  const name = path.posix.basename(file.path)
  return name.endsWith('.tar') ? name : `${name}-${hexOfIntegrity(file.integrity).slice(0, 12)}.tar`
}

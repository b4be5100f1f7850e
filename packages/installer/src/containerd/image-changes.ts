import { mustExec } from '@edgelift/core'
import type { Host } from '../node/host.ts'
import type { Ctr } from './ctr.ts'
import { type ListedImages, listImages, PINNED } from './image-list.ts'

/**
 * Removes images by name, and the names by digest that the CRI plugin gave them, where nobody else has the same image.
 * @param listed where it is known what there is: without it containerd is asked
 */
export async function removeImages(
  host: Host,
  ctr: Ctr,
  references: readonly string[],
  listed?: ListedImages,
): Promise<void> {
  const [command, ...args] = ctr
  const before = listed ?? (await listImages(host, ctr))
  const targets = new Set(references.map((reference) => before.get(reference)?.digest))
  const isId = (name: string) => name.startsWith('sha256:')
  const others = [...before].filter(([name]) => !isId(name) && !references.includes(name))
  const shared = new Set(others.map(([, { digest }]) => digest))
  const ids = [...before].filter(
    ([name, { digest }]) => isId(name) && targets.has(digest) && !shared.has(digest),
  )
  for (const name of [...references, ...ids.map(([id]) => id)]) {
    await host.exec(command, [...args, 'images', 'rm', name], { timeout: 30_000 })
    listed?.delete(name)
  }
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

/** Gives an image one more name, or a name that is there another image. */
export async function tag(host: Host, [command, ...args]: Ctr, from: string, to: string): Promise<void> {
  await mustExec(host.exec, command, [...args, 'images', 'tag', '--force', from, to], { timeout: 30_000 })
}

/** Leaves an image to the kubelet's garbage collection again. */
export async function unpin(host: Host, [command, ...args]: Ctr, reference: string): Promise<void> {
  // An empty value takes the label away.
  await host.exec(command, [...args, 'images', 'label', reference, PINNED.replace(/=.*/, '=')], {
    timeout: 30_000,
  })
}

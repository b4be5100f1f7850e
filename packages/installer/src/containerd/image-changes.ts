import { mustExec } from '@edgelift/core'
import type { Host } from '../node/host.ts'
import type { Ctr } from './ctr.ts'
import { type ListedImages, mustListImages, PINNED } from './image-list.ts'

/** Names of images that are still there, each with the error that says why. */
export type Remaining = ReadonlyMap<string, unknown>

/**
 * Removes images by name, and the names by digest that the CRI plugin gave them, where nobody else has the same image. One
 * that cannot be removed does not keep the others.
 * @param listed where it is known what there is: without it containerd is asked
 */
export async function removeImages(
  host: Host,
  ctr: Ctr,
  references: readonly string[],
  listed?: ListedImages,
): Promise<Remaining> {
  const before = listed ?? (await mustListImages(host, ctr))
  const targets = new Set(references.map((reference) => before.get(reference)?.digest))
  const isId = (name: string) => name.startsWith('sha256:')
  const others = [...before].filter(([name]) => !isId(name) && !references.includes(name))
  const shared = new Set(others.map(([, { digest }]) => digest))
  const ids = [...before].filter(
    ([name, { digest }]) => isId(name) && targets.has(digest) && !shared.has(digest),
  )
  const remaining = new Map<string, unknown>()
  for (const name of [...references, ...ids.map(([id]) => id)]) {
    try {
      await removeName(host, ctr, name)
      listed?.delete(name)
    } catch (error) {
      remaining.set(name, error)
    }
  }
  return remaining
}

/** Removes a name. @throws COMMAND_FAILED when it is still there */
export function removeName(host: Host, ctr: Ctr, name: string): Promise<void> {
  return unlessGone(host, ctr, name, ['rm', name])
}

/** An image's tarball, and the containerd that is to have it. */
export interface ImageImport {
  readonly reference: string
  readonly file: string
  /** Of the archive: its layers reach the disk before they count as unpacked, which they do by this way alone. */
  readonly bundled: boolean
}

/**
 * Imports one image tarball and pins what it holds. containerd 1.6 cannot label while it imports. Unless it is told
 * otherwise, ctr 2.x leaves an import to containerd's transfer service, whose unpacking ignores `sync_fs`.
 */
export async function importImage(host: Host, ctr: Ctr, image: ImageImport): Promise<void> {
  const [command, ...args] = ctr
  const way = image.bundled ? ['--local'] : []
  await mustExec(host.exec, command, [...args, 'images', 'import', ...way, image.file], { timeout: 600_000 })
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

/** Leaves an image to the kubelet's garbage collection again. @throws COMMAND_FAILED when it is there, pinned as before */
export function unpin(host: Host, ctr: Ctr, reference: string): Promise<void> {
  // An empty value takes the label away.
  return unlessGone(host, ctr, reference, ['label', reference, PINNED.replace(/=.*/, '=')])
}

/** Has ctr change an image; content when it fails since no image has this name any more. */
async function unlessGone(host: Host, ctr: Ctr, name: string, change: readonly string[]): Promise<void> {
  const [command, ...first] = ctr
  const args = [...first, 'images', ...change]
  const result = await host.exec(command, args, { timeout: 30_000 })
  if (result.code === 0 || !(await mustListImages(host, ctr)).has(name)) return
  await mustExec(async () => result, command, args)
}

import { EdgeliftError } from '@edgelift/core'
import type { Host } from '../node/host.ts'
import type { Former } from '../state/receipt.ts'
import type { Ctr } from './ctr.ts'
import { pin, type Remaining, removeImages, removeName, tag, unpin } from './image-changes.ts'
import { type ListedImages, mustListImages } from './image-list.ts'
import { imagesInUse } from './in-use.ts'

/** Names under which content stays whose own name stands for other content now: no registry is reached by them. */
const KEPT = 'edgelift.local/'
const BEFORE = `${KEPT}before/`

/** Keeps what a name stands for, pinned, under another one; what is kept already is left as it is. */
async function keep(host: Host, ctr: Ctr, reference: string, kept: string): Promise<void> {
  if (!(await mustListImages(host, ctr)).has(kept)) await tag(host, ctr, reference, kept)
  await pin(host, ctr, kept)
}

/** Keeps an image that is not edgelift's, for an uninstall. */
export function keepBefore(host: Host, ctr: Ctr, reference: string): Promise<void> {
  return keep(host, ctr, reference, BEFORE + reference)
}

/** Names of images that are not edgelift's and are kept for an uninstall: what is left to know of them without a receipt. */
export async function keptBefore(host: Host, ctr: Ctr): Promise<string[]> {
  const names = [...(await mustListImages(host, ctr)).keys()]
  return names.flatMap((name) => (name.startsWith(BEFORE) ? [name.slice(BEFORE.length)] : []))
}

/**
 * Gives an image that is not edgelift's its name back.
 * @param pinned whether it was pinned before
 * @param known what this containerd has
 */
export async function putBackBefore(
  host: Host,
  ctr: Ctr,
  { reference, pinned }: { readonly reference: string; readonly pinned: boolean },
  known?: ListedImages,
): Promise<void> {
  const kept = BEFORE + reference
  const listed = known ?? (await mustListImages(host, ctr))
  const theirs = listed.get(kept)
  if (theirs === undefined) return
  await removeImages(host, ctr, [reference], listed) // `tag` takes the name also where this fails
  await tag(host, ctr, kept, reference)
  await (pinned ? pin : unpin)(host, ctr, reference)
  await removeName(host, ctr, kept)
  listed.set(reference, { ...theirs, pinned })
  listed.delete(kept)
}

/** Keeps an image of the release that is replaced, for a rollback. */
export function keepFormer(host: Host, ctr: Ctr, former: Former, reference: string): Promise<void> {
  return keep(host, ctr, reference, placeOf(former) + reference)
}

/**
 * Gives the images of a release their names back, where these stood for other content meanwhile.
 * @param theirs references of which something is kept that is not edgelift's, and was already under that release
 */
export async function putBackFormer(
  host: Host,
  ctr: Ctr,
  { former, theirs }: { readonly former: Former; readonly theirs: ReadonlySet<string> },
): Promise<void> {
  const place = placeOf(former)
  const names = [...(await mustListImages(host, ctr)).keys()]
  for (const name of names.filter((one) => one.startsWith(place))) {
    await tag(host, ctr, name, name.slice(place.length))
    await pin(host, ctr, name.slice(place.length))
    await removeName(host, ctr, name).catch(forgottenLater)
  }
  for (const reference of former.images)
    if (!theirs.has(reference) && names.includes(BEFORE + reference))
      await removeName(host, ctr, BEFORE + reference).catch(forgottenLater)
}

/** For `catch`: no rollback stops for a name too many, and {@link forgetFormer} finds it again. */
function forgottenLater(error: unknown): void {
  if (!(error instanceof EdgeliftError) || error.code !== 'COMMAND_FAILED') throw error
}

/**
 * Removes what is kept of releases that nobody can go back to.
 * @param still the one that somebody can
 * @returns what of it is still there
 */
export async function forgetFormer(host: Host, ctr: Ctr, still: Former | undefined): Promise<Remaining> {
  const isKept = (name: string) =>
    name.startsWith(BEFORE) || (still !== undefined && name.startsWith(placeOf(still)))
  const names = [...(await mustListImages(host, ctr)).keys()]
  const gone = names.filter((name) => name.startsWith(KEPT) && !isKept(name))
  if (gone.length === 0) return new Map()
  // A container goes on without its image's name; the kubelet's garbage collection takes the rest when it has ended.
  const used = await imagesInUse(host, ctr, gone)
  const remaining = new Map<string, unknown>()
  for (const name of used)
    await removeName(host, ctr, name).catch((error: unknown) => remaining.set(name, error))
  const free = gone.filter((name) => !used.has(name))
  return new Map([...remaining, ...(await removeImages(host, ctr, free))])
}

function placeOf({ lock }: Former): string {
  return `${KEPT}${lock.replace(/^sha256:/, '').slice(0, 12)}/`
}

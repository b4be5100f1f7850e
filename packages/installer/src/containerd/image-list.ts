import { EdgeliftError, type ExecResult, mustExec } from '@edgelift/core'
import { z } from 'zod'
import type { Host } from '../node/host.ts'
import { type Ctr, NOT_FOUND } from './ctr.ts'

/** The label by which the CRI plugin tells the kubelet that an image is pinned. */
export const PINNED = 'io.cri-containerd.pinned=pinned'

/** An image that a release needs. */
export interface WantedImage {
  readonly reference: string
  /** Of the platform's manifest; absent where only the name is known. */
  readonly digest?: string
}

export interface ListedImage {
  /** Of the manifest or index that the name stands for. */
  readonly digest: string
  readonly pinned: boolean
}

/** What a containerd was seen to have, by name; whoever changes it there changes it here, too. */
export type ListedImages = Map<string, ListedImage>

/**
 * What is wrong with an image: nothing has its name; the name stands for other content; its content is not all there, or
 * it is not pinned, so that the kubelet's garbage collection may remove it.
 */
export type ImageFault = 'absent' | 'other' | 'incomplete'

const ImageIndex = z.object({ manifests: z.array(z.object({ digest: z.string() })) })

/** Every image that this containerd knows, by name. @throws COMMAND_FAILED while it does not respond */
export async function mustListImages(host: Host, ctr: Ctr): Promise<ListedImages> {
  const [command, ...args] = ctr
  return imagesIn(await mustExec(() => askImages(host, ctr), command, [...args, ...LIST]))
}

const LIST = ['images', 'ls'] as const

function askImages(host: Host, [command, ...args]: Ctr): Promise<ExecResult> {
  return host.exec(command, [...args, ...LIST], { timeout: 30_000 })
}

function imagesIn(printed: string): ListedImages {
  const rows = printed.split('\n').slice(1)
  return new Map(
    rows.flatMap((row): [string, ListedImage][] => {
      const [name, , digest] = row.split(/\s+/)
      return name && digest ? [[name, { digest, pinned: row.includes(PINNED) }]] : []
    }),
  )
}

/**
 * Which of the images cannot be relied on, and why: complete is what `ctr images check` calls so (every layer's content
 * is present). An import that ends with 0 proves none of this, and a tag proves no content: releases may use one again.
 * @throws COMMAND_FAILED while containerd does not respond
 */
export async function mustFindFaults(
  host: Host,
  ctr: Ctr,
  images: readonly WantedImage[],
): Promise<Map<string, ImageFault>> {
  const [listed, whole] = await Promise.all([mustListImages(host, ctr), completeImages(host, ctr)])
  const faults = new Map<string, ImageFault>()
  for (const { reference, digest } of images) {
    const found = listed.get(reference)
    if (found === undefined) faults.set(reference, 'absent')
    else if (digest !== undefined && !(await holds(host, ctr, found.digest, digest)))
      faults.set(reference, 'other')
    else if (!found.pinned || !whole.has(reference)) faults.set(reference, 'incomplete')
  }
  return faults
}

/** Names of the images whose content is all there. */
async function completeImages(host: Host, [command, ...args]: Ctr): Promise<ReadonlySet<string>> {
  // Not with -q, which leaves out what is complete but not unpacked yet.
  const question = [...args, 'images', 'check']
  const checked = await host.exec(command, question, { timeout: 60_000 })
  // It fails also when one image cannot be checked, and has listed the others then.
  const rows =
    checked.stdout.trim() === '' ? await mustExec(async () => checked, command, question) : checked.stdout
  const complete = rows.split('\n').filter((line) => / complete \(/.test(line))
  return new Set(complete.map((line) => line.split(/\s/, 1)[0] ?? ''))
}

/** As {@link mustFindFaults}; undefined while containerd does not respond. */
export async function findFaults(
  host: Host,
  ctr: Ctr,
  images: readonly WantedImage[],
): Promise<Map<string, ImageFault> | undefined> {
  return mustFindFaults(host, ctr, images).catch((error: unknown) => {
    if (error instanceof EdgeliftError && error.code === 'COMMAND_FAILED') return undefined
    throw error
  })
}

/** References of the images that cannot be relied on: all of them while containerd does not respond. */
export async function missingImages(host: Host, ctr: Ctr, images: readonly WantedImage[]): Promise<string[]> {
  const faults = await findFaults(host, ctr, images)
  return faults === undefined ? images.map(({ reference }) => reference) : [...faults.keys()]
}

/**
 * Whether a name stands for this manifest, or for an index that has it: what a registry gives for a multi-platform image.
 * @throws COMMAND_FAILED while containerd does not respond
 */
async function holds(host: Host, [command, ...args]: Ctr, target: string, digest: string): Promise<boolean> {
  if (target === digest) return true
  const question = [...args, 'content', 'get', target]
  const answer = await host.exec(command, question, { timeout: 30_000 })
  if (answer.code !== 0 && NOT_FOUND.test(answer.stderr)) return false
  const text = await mustExec(async () => answer, command, question)
  try {
    const { data } = ImageIndex.safeParse(JSON.parse(text))
    return data?.manifests.some((one) => one.digest === digest) === true
  } catch {
    return false
  }
}

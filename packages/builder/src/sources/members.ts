import { isPlaceholderFile, PLACEHOLDER_HEAD } from '@edgelift/bundle'
import type { Digest } from '@edgelift/core'
import { membersOfTar, type Store } from '@edgelift/oci'
import { chartFacts, packChart, readChartFolder } from './chart-tarball.ts'

/** A file of the archive that a download has to give. */
export interface PartRequirement {
  readonly path: string
  readonly mode: '0644' | '0755'
  /** In the tarball: a file, or with a closing `/` a chart's folder, which is repacked. Absent: the download itself. */
  readonly member?: string | undefined
}

/** A part that lies in the store. */
export interface TakenPart {
  readonly path: string
  readonly member?: string | undefined
  readonly mode: '0644' | '0755'
  readonly digest: Digest
  readonly size: number
  readonly placeholder?: boolean | undefined
}

/**
 * Takes parts out of a tarball of the store, into the store. The same tarball content gives the same parts, so `build`
 * does this again for a tarball whose own bytes are not locked (`generatedSource`), and compares.
 * @throws TAR_MEMBER_MISSING, MEMBER_MISSING; TAR_INVALID, TARBALL_REFUSED for what must not be unpacked
 */
export async function takeParts(
  store: Store,
  options: { readonly tarball: Digest; readonly label: string; readonly parts: readonly PartRequirement[] },
): Promise<TakenPart[]> {
  const { tarball, label, parts } = options
  const files = parts.filter(({ member }) => member !== undefined && !member.endsWith('/'))
  const members =
    files.length === 0
      ? []
      : await membersOfTar({
          stream: store.open(tarball),
          what: label,
          wanted: files.map(({ member = '' }) => member),
          put: store.putStream,
        })
  const taken: TakenPart[] = []
  for (const part of parts) {
    const { member, path, mode } = part
    if (member?.endsWith('/')) {
      taken.push({ path, member, mode, ...(await takeChart(store, { tarball, label, folder: member })) })
      continue
    }
    const found = members.find((one) => one.path === plain(member ?? ''))
    if (found === undefined || member === undefined)
      throw new Error(`${label}: ${member} was asked for and not taken`)
    const placeholder = await isPlaceholderBlob(store, found.digest)
    taken.push({
      path,
      member,
      mode,
      digest: found.digest,
      size: found.size,
      ...(placeholder ? { placeholder } : {}),
    })
  }
  return taken
}

async function takeChart(
  store: Store,
  options: { readonly tarball: Digest; readonly label: string; readonly folder: string },
): Promise<Pick<TakenPart, 'digest' | 'size' | 'placeholder'>> {
  const { tarball, label, folder } = options
  const files = await readChartFolder(store.open(tarball), { folder, label })
  const { name, placeholder } = chartFacts(files, label)
  const packed = packChart(files, name)
  const digest = await store.putBytes(packed)
  return { digest, size: packed.length, ...(placeholder ? { placeholder } : {}) }
}

/** Whether a blob of the store says of itself that it only stands for the real thing. */
export async function isPlaceholderBlob(store: Store, digest: Digest): Promise<boolean> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of store.open(digest) as AsyncIterable<Buffer>) {
    chunks.push(chunk.subarray(0, PLACEHOLDER_HEAD))
    size += chunk.length
    if (size >= PLACEHOLDER_HEAD) break
  }
  return isPlaceholderFile(Buffer.concat(chunks))
}

/** As `membersOfTar` gives it. */
function plain(member: string): string {
  const parts = member.split('/').filter((part) => part !== '' && part !== '.')
  return parts.join('/')
}

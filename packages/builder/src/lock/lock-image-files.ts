import type { PlatformName } from '@edgelift/bundle'
import { EdgeliftError } from '@edgelift/core'
import { filesOfImage, parseReference, type ResolvedImage } from '@edgelift/oci'
import pLimit from 'p-limit'
import { error, type Finding } from '../findings.ts'
import type { ExpandedImageFiles, PlatformRelease } from '../release/expand.ts'
import { isPlaceholderBlob } from '../sources/members.ts'
import { readSound } from '../sources/sound-blobs.ts'
import type { LockContext, PhaseContext } from './context.ts'
import { imageKey } from './lock-images.ts'
import type { LockedImage } from './schema.ts'

const AT_ONCE = 2 // reading layers is a matter of processor time

type LockedFile = LockedImage['files'][number]

export interface LockedImageFiles {
  /** By {@link imageKey}. */
  readonly files: ReadonlyMap<string, LockedFile[]>
  readonly findings: readonly Finding[]
}

/** Takes the files of `imageFiles` out of their images' layers, which are fetched into the store for it. */
export async function lockImageFiles(
  platforms: readonly PlatformRelease[],
  images: ReadonlyMap<string, ResolvedImage>,
  context: PhaseContext,
): Promise<LockedImageFiles> {
  const files = new Map<string, LockedFile[]>()
  const findings: Finding[] = []
  const limit = pLimit(AT_ONCE)
  const jobs = platforms.flatMap(({ platform, imageFiles }) =>
    groups(imageFiles).map(([reference, wanted]) =>
      limit(async () => {
        const key = imageKey(reference, platform)
        const image = images.get(key)
        if (image === undefined) return
        const ids = wanted.map(({ id }) => id).join(', ')
        const item = { where: `${ids} ${reference} ${platform}`, host: parseReference(reference).registry }
        await context.items.run(item, async () => {
          try {
            files.set(key, await filesFor(reference, wanted, { platform, image, context }))
          } catch (caught) {
            findings.push(asFinding(wanted, platform, caught))
          }
        })
      }),
    ),
  )
  await Promise.all(jobs)
  context.items.check()
  return { files, findings }
}

interface From {
  readonly platform: PlatformName
  readonly image: ResolvedImage
  readonly context: LockContext
}

/** All parts of the release that take files out of one image, so that its layers are read once. */
function groups(
  imageFiles: readonly ExpandedImageFiles[],
): (readonly [string, readonly ExpandedImageFiles[]])[] {
  const useful = imageFiles.filter(({ files, roles }) => files.length > 0 && roles.length > 0)
  return [...new Set(useful.map(({ reference }) => reference))].map(
    (reference) => [reference, useful.filter((one) => one.reference === reference)] as const,
  )
}

async function filesFor(
  reference: string,
  wanted: readonly ExpandedImageFiles[],
  from: From,
): Promise<LockedFile[]> {
  const { context } = from
  const members = wanted.flatMap(({ files }) => files.map(({ member }) => member))
  const found = (await knownFiles(reference, members, from)) ?? (await takeFiles(reference, members, from))
  const files: LockedFile[] = []
  for (const { id, roles, mode, files: paths } of wanted) {
    for (const { member, path } of paths) {
      const file = found.get(member)
      if (file === undefined) throw new Error(`${reference}: ${member} was asked for and not taken`)
      const placeholder = await isPlaceholderBlob(context.store, file.digest)
      const { digest, size } = file
      files.push({
        name: id,
        roles: [...roles],
        path,
        member,
        mode,
        digest,
        size,
        ...(placeholder ? { placeholder } : {}),
      })
    }
  }
  return files.sort((a, b) => (a.path < b.path ? -1 : 1))
}

type Content = Pick<LockedFile, 'digest' | 'size'>

async function takeFiles(
  reference: string,
  members: readonly string[],
  { image, context }: From,
): Promise<ReadonlyMap<string, Content>> {
  const { store, registry } = context
  const parsed = parseReference(reference)
  const bring = async () => {
    for (const layer of image.layers) {
      const label = `${reference} (layer)`
      await store.ensure(layer, label, (sink) => registry.fetchBlob(parsed, layer, sink, label))
    }
  }
  const { layers } = image
  return readSound({ store, digests: layers.map(({ digest }) => digest), bring }, () =>
    filesOfImage({
      layers,
      open: store.open,
      put: store.putStream,
      wanted: [...new Set(members)],
      what: reference,
    }),
  )
}

/** What the last lock has taken out of the very same image, as far as the store still has it. */
async function knownFiles(
  reference: string,
  members: readonly string[],
  { platform, image, context }: From,
): Promise<ReadonlyMap<string, Content> | undefined> {
  const locked = context.previous?.images.find(
    (one) =>
      one.reference === reference &&
      one.platform === platform &&
      one.manifest.digest === image.manifest.descriptor.digest,
  )
  const known = new Map<string, Content>()
  for (const member of members) {
    const file = locked?.files.find((one) => one.member === member)
    if (file === undefined || (await context.store.size(file.digest)) !== file.size) return undefined
    known.set(member, file)
  }
  return known
}

function asFinding(wanted: readonly ExpandedImageFiles[], platform: PlatformName, caught: unknown): Finding {
  if (!(caught instanceof EdgeliftError) || caught.code !== 'TAR_MEMBER_MISSING') throw caught
  return error('FILE_UNPUBLISHED', wanted.map(({ id }) => id).join(', '), {
    en: `${caught.what.en} for ${platform}${caught.because === undefined ? '' : ` (${caught.because.en})`}`,
    zh: `${platform}：${caught.what.zh}${caught.because === undefined ? '' : `（${caught.because.zh}）`}`,
  })
}

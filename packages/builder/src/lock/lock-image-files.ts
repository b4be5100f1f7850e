import type { PlatformName } from '@edgelift/bundle'
import { EdgeliftError } from '@edgelift/core'
import { filesOfImage, parseReference, type ResolvedImage } from '@edgelift/oci'
import { error, type Finding } from '../findings.ts'
import type { ExpandedImageFiles, PlatformRelease } from '../release/expand.ts'
import type { LockContext } from './context.ts'
import { imageKey } from './lock-images.ts'
import { isStandInBlob } from './parts.ts'
import type { LockedImage } from './schema.ts'

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
  context: LockContext,
): Promise<LockedImageFiles> {
  const files = new Map<string, LockedFile[]>()
  const findings: Finding[] = []
  for (const { platform, imageFiles } of platforms) {
    for (const wanted of imageFiles) {
      const key = imageKey(wanted.reference, platform)
      const image = images.get(key)
      if (image === undefined || wanted.files.length === 0 || wanted.roles.length === 0) continue
      try {
        const taken = await filesFor(wanted, { platform, image, context })
        files.set(
          key,
          [...(files.get(key) ?? []), ...taken].sort((a, b) => (a.path < b.path ? -1 : 1)),
        )
      } catch (caught) {
        findings.push(asFinding(wanted, platform, caught))
      }
    }
  }
  return { files, findings }
}

async function filesFor(
  wanted: ExpandedImageFiles,
  options: { readonly platform: PlatformName; readonly image: ResolvedImage; readonly context: LockContext },
): Promise<LockedFile[]> {
  const { image, context } = options
  const known = await knownFiles(wanted, options)
  if (known !== undefined) return known
  const { store, registry } = context
  const reference = parseReference(wanted.reference)
  for (const layer of image.layers) {
    await store.ensure(layer, `${wanted.reference} (layer)`, (sink) =>
      registry.fetchBlob(reference, layer, sink),
    )
  }
  const found = await filesOfImage({
    layers: image.layers,
    open: store.open,
    put: store.putStream,
    wanted: wanted.files.map(({ member }) => member),
    what: wanted.reference,
  })
  const files: LockedFile[] = []
  for (const { member, path } of wanted.files) {
    const file = found.get(member)
    if (file === undefined) throw new Error(`${wanted.reference}: ${member} was asked for and not taken`)
    const standIn = await isStandInBlob(store, file.digest)
    files.push({
      name: wanted.id,
      roles: [...wanted.roles],
      path,
      member,
      mode: wanted.mode,
      digest: file.digest,
      size: file.size,
      ...(standIn ? { standIn } : {}),
    })
  }
  return files
}

/** What the last lock has taken out of the very same image, as far as the store still has it. */
async function knownFiles(
  wanted: ExpandedImageFiles,
  options: { readonly platform: PlatformName; readonly image: ResolvedImage; readonly context: LockContext },
): Promise<LockedFile[] | undefined> {
  const { platform, image, context } = options
  const locked = context.previous?.images.find(
    (one) =>
      one.reference === wanted.reference &&
      one.platform === platform &&
      one.manifest.digest === image.manifest.descriptor.digest,
  )
  const files: LockedFile[] = []
  for (const { member, path } of wanted.files) {
    const file = locked?.files.find((one) => one.member === member)
    if (file === undefined || (await context.store.size(file.digest)) !== file.size) return undefined
    files.push({ ...file, name: wanted.id, roles: [...wanted.roles], path, mode: wanted.mode })
  }
  return files
}

function asFinding(wanted: ExpandedImageFiles, platform: PlatformName, caught: unknown): Finding {
  if (!(caught instanceof EdgeliftError) || caught.code !== 'TAR_MEMBER_MISSING') throw caught
  return error('FILE_UNPUBLISHED', wanted.id, {
    en: `${caught.what.en} for ${platform}${caught.because === undefined ? '' : ` (${caught.because.en})`}`,
    zh: `${platform}：${caught.what.zh}${caught.because === undefined ? '' : `（${caught.because.zh}）`}`,
  })
}

import type { PlatformName } from '@edgelift/bundle'
import { PLACEHOLDER_LABEL } from '@edgelift/bundle'
import { EdgeliftError } from '@edgelift/core'
import { type Descriptor, parsePlatform, parseReference, type ResolvedImage } from '@edgelift/oci'
import pLimit from 'p-limit'
import { error, type Finding, warning } from '../findings.ts'
import { licenseIds } from '../sbom/licenses.ts'
import type { PhaseContext } from './context.ts'
import { countItems } from './count-items.ts'
import type { LockedBlob } from './schema.ts'

/** What a release names and what it is today. */
export interface ResolvedImages {
  /** By {@link imageKey}. */
  readonly images: ReadonlyMap<string, ResolvedImage>
  /** Images that are not published, or cannot be packed. */
  readonly findings: readonly Finding[]
}

export interface WantedImage {
  readonly reference: string
  readonly platforms: ReadonlySet<PlatformName>
  /** The parts of the release that name it. */
  readonly ids: ReadonlySet<string>
}

export function imageKey(reference: string, platform: PlatformName): string {
  return `${platform} ${reference}`
}

/**
 * Asks the registries what each reference is, for all of its platforms at once, and keeps manifests and
 * configurations in the store. Defects become findings; what keeps a registry from responding fails the item.
 */
export async function resolveAll(
  wanted: readonly WantedImage[],
  context: PhaseContext,
): Promise<ResolvedImages> {
  const limit = pLimit(context.concurrency)
  const images = new Map<string, ResolvedImage>()
  const findings: Finding[] = []
  const done = countItems(context.report, wanted.length)
  const resolve = async (image: WantedImage): Promise<void> => {
    for (const [platform, resolved] of await resolveOne(image, context)) {
      images.set(imageKey(image.reference, platform), resolved)
      if (resolved.platformUnproved) findings.push(unproved(image, platform))
    }
  }
  const collect = (image: WantedImage, caught: unknown): void => {
    const finding = asFinding(image, caught)
    if (finding === undefined) throw caught
    findings.push(finding)
  }
  await Promise.all(
    wanted.map((image) =>
      limit(async () => {
        const where = `${[...image.ids].sort().join(', ')} ${image.reference}`
        const { registry: host } = parseReference(image.reference)
        await context.items.run({ where, host }, () =>
          resolve(image).catch((caught: unknown) => collect(image, caught)),
        )
        done()
      }),
    ),
  )
  context.items.check()
  return { images, findings }
}

async function resolveOne(
  image: WantedImage,
  context: PhaseContext,
): Promise<[PlatformName, ResolvedImage][]> {
  const platforms = [...image.platforms].sort()
  const resolved = await context.registry.resolveImages(
    parseReference(image.reference),
    platforms.map(parsePlatform),
  )
  for (const { manifest, config } of resolved) {
    await context.store.putBytes(manifest.bytes)
    await context.store.putBytes(config.bytes)
  }
  return platforms.flatMap((platform, index) => {
    const one = resolved[index]
    return one === undefined ? [] : [[platform, one] as [PlatformName, ResolvedImage]]
  })
}

/** Codes of `packages/oci` that speak about the image and not about the way to it. */
const PHANTOM = new Set(['REGISTRY_NOT_FOUND', 'REGISTRY_UNAUTHORIZED'])
const UNUSABLE = new Set([
  'PLATFORM_ABSENT',
  'PLATFORM_MISMATCH',
  'MEDIA_TYPE_REFUSED',
  'REGISTRY_ANSWER_INVALID',
  'DIGEST_MISMATCH',
  'SIZE_MISMATCH',
  'SOURCE_REFUSED', // a redirect in a circle, or to what is no web server
])

function asFinding(image: WantedImage, caught: unknown): Finding | undefined {
  if (!(caught instanceof EdgeliftError)) return undefined
  const where = [...image.ids].sort().join(', ')
  const { because, fix } = caught
  if (PHANTOM.has(caught.code)) {
    // Docker Hub answers 401, not 404, for a repository that is not there.
    const closed = caught.code === 'REGISTRY_UNAUTHORIZED'
    return error('IMAGE_PHANTOM', where, {
      en: `${image.reference} is declared and not published${closed ? ', or private' : ''} (${because?.en ?? ''})${closed ? `: ${fix?.en}` : ''}`,
      zh: `声明了 ${image.reference}，但上游没有发布${closed ? '，或为私有镜像' : ''}（${because?.zh ?? ''}）${closed ? `：${fix?.zh}` : ''}`,
    })
  }
  if (!UNUSABLE.has(caught.code)) return undefined
  return error('IMAGE_UNUSABLE', where, {
    en: `${image.reference} cannot be packed: ${caught.what.en}${because === undefined ? '' : ` (${because.en})`}${fix === undefined ? '' : `: ${fix.en}`}`,
    zh: `${image.reference} 无法打包：${caught.what.zh}${because === undefined ? '' : `（${because.zh}）`}${fix === undefined ? '' : `：${fix.zh}`}`,
  })
}

function unproved(image: WantedImage, platform: PlatformName): Finding {
  return warning('IMAGE_PLATFORM', [...image.ids].sort().join(', '), {
    en: `the config of ${image.reference} names no platform; its index says ${platform}, which is believed`,
    zh: `${image.reference} 的镜像配置未注明平台；按索引视为 ${platform}`,
  })
}

/** What the lock keeps of a resolved image. */
export function lockedBlobs(image: ResolvedImage): {
  readonly index?: LockedBlob['digest']
  readonly manifest: LockedBlob
  readonly config: LockedBlob
  readonly layers: LockedBlob[]
  readonly placeholder?: true
  /** What the image itself says, where that is an SPDX expression. */
  readonly license?: string
} {
  const license = image.config.labels['org.opencontainers.image.licenses']
  return {
    ...(image.index === undefined ? {} : { index: image.index.digest }),
    manifest: blobOf(image.manifest.descriptor),
    config: blobOf(image.config.descriptor),
    layers: image.layers.map(blobOf),
    ...(image.config.labels[PLACEHOLDER_LABEL] === undefined ? {} : { placeholder: true as const }),
    ...(license === undefined || licenseIds(license) === undefined ? {} : { license }),
  }
}

function blobOf({ mediaType, digest, size }: Descriptor): LockedBlob {
  return { mediaType, digest, size }
}

import {
  type Digest,
  EdgeliftError,
  isDigest,
  schemaIssueText,
  type Text,
  tryParseJson,
  verified,
} from '@edgelift/core'
import { absent, checkConfigType, checkLayers, mismatch } from '../manifest/image-rules.ts'
import type { Descriptor, ImageConfig, Index, Manifest } from '../manifest/manifest.ts'
import { imageConfigSchema } from '../manifest/manifest.ts'
import {
  checkKind,
  checkMetadataSize,
  invalid,
  type ManifestDocument,
  readManifestDocument,
} from '../manifest/manifest-document.ts'
import { isImageManifestType, isIndexType } from '../manifest/media-types.ts'
import { formatPlatform, matchesPlatform, type Platform } from '../name/platform.ts'
import { formatReference, type Reference } from '../name/reference.ts'
import { memorySink } from '../transfer/memory-sink.ts'
import type { FetchedManifest, RegistryClient, ResolvedImage } from './client.ts'

type Fetcher = Pick<RegistryClient, 'fetchManifest' | 'fetchBlob'>

interface Search {
  readonly fetcher: Fetcher
  readonly ref: Reference
  readonly what: string
  /** Entries of indexes that cannot be read. */
  readonly defects: Text[]
}

const MAX_DEPTH = 4
const MAX_UNNAMED = 32 // entries without a platform, each of which costs two requests
const MAX_INDEXES = 32 // no tool nests more than two; a registry must not send us round in circles

/**
 * Finds the images of a reference for platforms, in their order.
 * @throws PLATFORM_ABSENT with the platforms that there are; PLATFORM_MISMATCH when an image's config contradicts
 *   its index; MEDIA_TYPE_REFUSED; what the fetcher throws
 */
export async function resolveImages(
  fetcher: Fetcher,
  ref: Reference,
  platforms: readonly Platform[],
): Promise<readonly ResolvedImage[]> {
  const search: Search = { fetcher, ref, what: formatReference(ref), defects: [] }
  const root = await fetcher.fetchManifest(ref)
  const document = readManifestDocument(root.bytes, root.mediaType, search.what)
  if (document.kind === 'image') {
    const image = await loadImage(search, descriptorOf(root), root)
    return platforms.map((platform) => {
      if (image.own === undefined) {
        const { digest } = image.content.config.descriptor
        throw invalid(search.what, `config ${digest} names no platform`, `镜像配置 ${digest} 未注明平台`)
      }
      if (!agrees(platform, image.own)) throw absent(search.what, platform, [formatPlatform(image.own)])
      return { ...image.content, platform }
    })
  }
  const leaves = await flatten(search, document.index, platforms)
  const index = descriptorOf(root)
  const images: ResolvedImage[] = []
  for (const platform of platforms) images.push({ ...(await pick(search, leaves, platform)), index })
  return images
}

/**
 * The image manifests of an index and of those within it, in their order. What is no image is left out: unknown media types
 * are ignored (image-index.md).
 */
async function flatten(search: Search, root: Index, platforms: readonly Platform[]): Promise<Descriptor[]> {
  let indexes = 0
  const visit = async ({ manifests, defects }: Index, depth: number): Promise<Descriptor[]> => {
    search.defects.push(...defects)
    const leaves: Descriptor[] = []
    for (const entry of manifests.filter((one) => !isAttestation(one))) {
      if (isImageManifestType(entry.mediaType)) leaves.push(entry)
      if (!isIndexType(entry.mediaType)) continue
      const { platform } = entry
      if (platform !== undefined && !platforms.some((wanted) => matchesPlatform(wanted, own(platform))))
        continue
      if (depth === MAX_DEPTH || ++indexes > MAX_INDEXES) {
        throw invalid(search.what, 'indexes are nested without end', '索引嵌套过深')
      }
      const nested = await fetchDocument(search, entry)
      if (nested.document.kind === 'index') leaves.push(...(await visit(nested.document.index, depth + 1)))
    }
    return leaves
  }
  return visit(root, 1)
}

/** BuildKit's provenance and SBOM manifests: they are in the index and are no images (buildkit, attestation-storage.md). */
function isAttestation(entry: Descriptor): boolean {
  return (
    entry.annotations?.['vnd.docker.reference.type'] !== undefined ||
    (entry.platform?.os === 'unknown' && entry.platform.architecture === 'unknown')
  )
}

async function pick(
  search: Search,
  leaves: readonly Descriptor[],
  platform: Platform,
): Promise<ResolvedImage> {
  const matches = leaves.filter((leaf) => leaf.platform && matchesPlatform(platform, own(leaf.platform)))
  for (const match of matches) {
    const image = await loadImage(search, match).catch(match === matches.at(-1) ? undefined : noImage)
    if (image === undefined) continue
    if (image.own === undefined) return { ...image.content, platform, platformUnproved: true }
    if (!agrees(platform, image.own)) throw mismatch(search.what, platform, image.own)
    return { ...image.content, platform }
  }
  // Entries without a platform (image-index.md allows them) are known only by their config.
  const offered = leaves.flatMap((leaf) => (leaf.platform ? [formatPlatform(own(leaf.platform))] : []))
  const unnamed = leaves.filter((one) => one.platform === undefined)
  if (unnamed.length > MAX_UNNAMED) {
    throw invalid(
      search.what,
      `the index has ${unnamed.length} entries without a platform, at most ${MAX_UNNAMED} are looked at`,
      `索引中有 ${unnamed.length} 项未注明平台，最多检查 ${MAX_UNNAMED} 项`,
    )
  }
  for (const leaf of unnamed) {
    const image = await loadImage(search, leaf).catch(noImage)
    if (image?.own === undefined) continue
    if (agrees(platform, image.own)) return { ...image.content, platform }
    offered.push(formatPlatform(image.own))
  }
  const [defect] = search.defects
  if (defect !== undefined) throw invalid(search.what, defect.en, defect.zh)
  throw absent(search.what, platform, offered)
}

/** An artifact (a chart, an SBOM) beside the images of an index is none of them. */
function noImage(error: unknown): undefined {
  if (error instanceof EdgeliftError && error.code === 'MEDIA_TYPE_REFUSED') return undefined
  throw error
}

/** Old configs name no variant: then the index's word stands. */
function agrees(wanted: Platform, config: Platform): boolean {
  if (matchesPlatform(wanted, config)) return true
  const { variant, ...rest } = wanted
  return config.variant === undefined && variant !== undefined && matchesPlatform(rest, config)
}

interface Loaded {
  readonly content: Omit<ResolvedImage, 'platform'>
  /** What the config says that it is built for; undefined where it says nothing (images made from scratch). */
  readonly own: Platform | undefined
}

async function loadImage(search: Search, entry: Descriptor, known?: FetchedManifest): Promise<Loaded> {
  const { what, ref } = search
  const { bytes, document } =
    known === undefined
      ? await fetchDocument(search, entry)
      : { bytes: known.bytes, document: readManifestDocument(known.bytes, known.mediaType, what) }
  if (document.kind !== 'image') throw invalid(what, `${entry.digest} is an index`, `${entry.digest} 是索引`)
  const { manifest } = document
  checkConfigType(manifest.config.mediaType, what)
  checkLayers(manifest.layers, what)
  const config = await fetchConfig(search, manifest)
  const descriptor = { mediaType: document.mediaType, digest: entry.digest, size: bytes.length }
  return {
    content: {
      reference: ref,
      manifest: { descriptor, bytes },
      config: { descriptor: manifest.config, bytes: config.bytes, labels: config.labels },
      layers: manifest.layers,
    },
    own: config.platform,
  }
}

async function fetchDocument(
  search: Search,
  entry: Descriptor,
): Promise<{ bytes: Uint8Array; document: ManifestDocument }> {
  const { what } = search
  checkMetadataSize(entry.size, what)
  const { bytes } = await search.fetcher.fetchManifest(search.ref, entry.digest)
  verified(bytes, { digest: entry.digest, size: entry.size }, `${what}: ${entry.digest}`)
  const document = readManifestDocument(bytes, entry.mediaType, what)
  checkKind(document, entry.mediaType, `${what}: ${entry.digest}`)
  return { bytes, document }
}

async function fetchConfig(
  { fetcher, ref, what }: Search,
  manifest: Manifest,
): Promise<{ bytes: Uint8Array; labels: Record<string, string>; platform: Platform | undefined }> {
  checkMetadataSize(manifest.config.size, `${what}: config`)
  const sink = memorySink()
  await fetcher.fetchBlob(ref, manifest.config, sink)
  const bytes = sink.bytes()
  const document = documentOf(bytes)
  const parsed = imageConfigSchema.safeParse(document)
  if (!parsed.success) {
    const { en, zh } = schemaIssueText(parsed.error.issues[0], document)
    const { digest } = manifest.config
    throw invalid(what, `config ${digest}: ${en}`, `镜像配置 ${digest}：${zh}`)
  }
  const diffs = parsed.data.rootfs?.diff_ids ?? []
  if (diffs.length !== manifest.layers.length) {
    throw invalid(
      what,
      `config ${manifest.config.digest} has ${diffs.length} rootfs.diff_ids for ${manifest.layers.length} layers: containerd cannot unpack it`,
      `镜像配置 ${manifest.config.digest} 的 rootfs.diff_ids 有 ${diffs.length} 项，而镜像有 ${manifest.layers.length} 层：containerd 无法解包`,
    )
  }
  const odd = diffs.findIndex((diff) => !isDigest(diff))
  if (odd !== -1) {
    throw invalid(
      what,
      `config ${manifest.config.digest}: rootfs.diff_ids.${odd} is not sha256: and 64 hex digits: containerd cannot unpack the image`,
      `镜像配置 ${manifest.config.digest}：rootfs.diff_ids.${odd} 不是 sha256: 加 64 位十六进制数，containerd 无法解包该镜像`,
    )
  }
  return { bytes, labels: parsed.data.config?.Labels ?? {}, platform: statedBy(parsed.data) }
}

function documentOf(bytes: Uint8Array): unknown {
  return tryParseJson(new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes))
}

function statedBy({ os, architecture, variant }: ImageConfig): Platform | undefined {
  return os && architecture ? own({ os, architecture, variant: variant ?? undefined }) : undefined
}

/** A platform as others write it, with an empty variant left out. */
function own({
  os,
  architecture,
  variant,
}: {
  os: string
  architecture: string
  variant?: string | undefined
}): Platform {
  return { os, architecture, ...(variant ? { variant } : {}) }
}

function descriptorOf({ mediaType, digest, bytes }: FetchedManifest): {
  mediaType: string
  digest: Digest
  size: number
} {
  return { mediaType, digest, size: bytes.length }
}

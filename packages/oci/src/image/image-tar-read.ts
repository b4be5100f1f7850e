import type { Readable } from 'node:stream'
import { contentMismatch, schemaIssueText, tryParseJson } from '@edgelift/core'
import { z } from 'zod'
import { fail } from '../codes.ts'
import { type Descriptor, descriptorSchema, imageConfigSchema, manifestSchema } from '../manifest/manifest.ts'
import { matchesPlatform, type Platform } from '../name/platform.ts'
import { blobPath, CONTAINERD_NAME, REF_NAME } from './image-tar.ts'
import { readContents, type TarContent } from './image-tar-contents.ts'

/** What an image file holds, once all of it has been checked. */
export interface ImageTarContent {
  /** The names under which containerd imports it, sorted. */
  readonly names: readonly string[]
  /** `RepoTags` of its docker-archive side. */
  readonly repoTags: readonly string[]
  readonly platform: Platform
  readonly manifest: Descriptor
  readonly config: Descriptor
  readonly layers: readonly Descriptor[]
}

const layoutSchema = z.object({ imageLayoutVersion: z.literal('1.0.0') })
const namedIndexSchema = z.object({
  schemaVersion: z.literal(2),
  manifests: z.array(descriptorSchema).min(1),
})
export const dockerManifestSchema = z
  .array(z.object({ Config: z.string(), RepoTags: z.array(z.string()), Layers: z.array(z.string()) }))
  .length(1)

/**
 * Reads an image file as `planImageTar` describes it and checks all of it, without unpacking: every blob has the digest
 * that its path says and the size that its descriptor says, nothing is missing, nothing is there that belongs to
 * nothing, both sides (OCI and docker-archive) speak of the same image, and the config is for the index's platform.
 * @param what how an error names the file
 * @throws IMAGE_TAR_INVALID, naming the part; DIGEST_MISMATCH, SIZE_MISMATCH
 */
export async function readImageTar(stream: Readable, what: string): Promise<ImageTarContent> {
  return imageOf(await readContents(stream, what), what)
}

/**
 * What the parts of an image file say together.
 * @throws as {@link readImageTar}
 */
export function imageOf(contents: ReadonlyMap<string, TarContent>, what: string): ImageTarContent {
  partOf(contents, 'oci-layout', layoutSchema, what)
  const index = partOf(contents, 'index.json', namedIndexSchema, what)
  const [docker] = partOf(contents, 'manifest.json', dockerManifestSchema, what)
  const [first, ...others] = index.manifests
  if (first === undefined || docker === undefined) throw invalid(what, 'index.json', 'it is empty', '为空')
  if (others.some((other) => other.digest !== first.digest || other.mediaType !== first.mediaType)) {
    throw invalid(what, 'index.json', 'it names more than one image', '包含多个镜像')
  }
  checkBlob(contents, first, what)
  const manifest = partOf(contents, blobPath(first.digest), manifestSchema, what)
  for (const blob of [manifest.config, ...manifest.layers]) checkBlob(contents, blob, what)
  const platform = platformOf(contents, first, manifest.config, what)
  const paths = manifest.layers.map((layer) => blobPath(layer.digest))
  if (docker.Config !== blobPath(manifest.config.digest) || docker.Layers.join() !== paths.join()) {
    throw invalid(what, 'manifest.json', 'it is not the image of index.json', '与 index.json 的镜像不一致')
  }
  refuseStrays(contents, [first, manifest.config, ...manifest.layers], what)
  return {
    names: index.manifests.map((entry) => nameOf(entry, what)).sort(),
    repoTags: docker.RepoTags,
    platform,
    manifest: first,
    config: manifest.config,
    layers: manifest.layers,
  }
}

/** A part that is JSON. @throws IMAGE_TAR_INVALID */
export function partOf<T>(
  contents: ReadonlyMap<string, TarContent>,
  path: string,
  schema: z.ZodType<T>,
  what: string,
): T {
  const entry = contents.get(path)
  if (entry?.bytes === undefined) throw invalid(what, path, 'it is missing or too large', '缺失或过大')
  const json = tryParseJson(Buffer.from(entry.bytes).toString('utf8'))
  if (json === undefined) throw invalid(what, path, 'it is not JSON', '不是 JSON')
  const parsed = schema.safeParse(json)
  if (parsed.success) return parsed.data
  const { en, zh } = schemaIssueText(parsed.error.issues[0], json)
  throw invalid(what, path, en, zh)
}

function checkBlob(contents: ReadonlyMap<string, TarContent>, blob: Descriptor, what: string): void {
  const path = blobPath(blob.digest)
  const found = contents.get(path)
  if (found === undefined) throw invalid(what, path, 'it is missing', '缺失')
  const problem = contentMismatch(blob, found, `${what}: ${path}`)
  if (problem !== null) throw problem
}

function platformOf(
  contents: ReadonlyMap<string, TarContent>,
  entry: Descriptor,
  config: Descriptor,
  what: string,
): Platform {
  const stated = entry.platform
  if (stated === undefined) throw invalid(what, 'index.json', 'it has no platform', '没有平台信息')
  const { os, architecture, variant } = partOf(contents, blobPath(config.digest), imageConfigSchema, what)
  const platform = bare(stated)
  // A config that names no platform contradicts none.
  if (
    os &&
    architecture &&
    !matchesPlatform(platform, bare({ os, architecture, variant: variant ?? undefined }))
  ) {
    throw invalid(
      what,
      'index.json',
      `its platform is not that of the config, ${os}/${architecture}`,
      `平台与镜像配置 ${os}/${architecture} 不符`,
    )
  }
  return platform
}

function bare(platform: { os: string; architecture: string; variant?: string | undefined }): Platform {
  const { os, architecture, variant } = platform
  return { os, architecture, ...(variant === undefined ? {} : { variant }) }
}

function nameOf(entry: Descriptor, what: string): string {
  const [name, refName] = [entry.annotations?.[CONTAINERD_NAME], entry.annotations?.[REF_NAME]]
  if (name === undefined || name !== refName) {
    throw invalid(
      what,
      'index.json',
      `${CONTAINERD_NAME} and ${REF_NAME} are not both there and equal`,
      `${CONTAINERD_NAME} 与 ${REF_NAME} 缺失或不一致`,
    )
  }
  return name
}

function refuseStrays(
  contents: ReadonlyMap<string, TarContent>,
  blobs: readonly Descriptor[],
  what: string,
): void {
  const known = new Set([
    'oci-layout',
    'index.json',
    'manifest.json',
    ...blobs.map((blob) => blobPath(blob.digest)),
  ])
  for (const path of contents.keys()) {
    if (!known.has(path)) throw invalid(what, path, 'nothing refers to it', '没有任何引用')
  }
}

/** The error of an image file that is not as `planImageTar` describes it. */
export function invalid(what: string, part: string, en: string, zh: string): Error {
  return fail('IMAGE_TAR_INVALID', {
    what: { en: `${what}: ${part} is wrong`, zh: `${what}：${part} 有误` },
    because: { en, zh },
    fix: { en: 'build the archive again', zh: '请重新构建离线包' },
  })
}

import { parseJson, schemaIssueText } from '@edgelift/core'
import { fail } from '../codes.ts'
import { METADATA_LIMIT, typeAndWords } from '../http/responses.ts'
import { folded } from './exact-keys.ts'
import { type Index, indexSchema, type Manifest, manifestSchema } from './manifest.ts'
import {
  bareMediaType,
  IMAGE_MANIFEST_TYPES,
  INDEX_TYPES,
  isImageManifestType,
  isIndexType,
  isSchema1Type,
} from './media-types.ts'

export type ManifestDocument =
  | { readonly kind: 'image'; readonly mediaType: string; readonly manifest: Manifest }
  | { readonly kind: 'index'; readonly mediaType: string; readonly index: Index }

/**
 * Content types that say nothing about what a manifest is: servers of plain files and proxies send them. Kinds of content that
 * registries hold have names in the vendor tree.
 */
const VAGUE = /^(?!application\/vnd\.)/

/**
 * Reads a manifest or an index. Its own bytes decide what it is: its `mediaType`, else its fields. It cannot be both kinds at
 * once: CVE-2021-41190 is about documents that two programs read differently.
 * @param contentType `Content-Type`, which counts only where the bytes name no type: see {@link checkKind}
 * @throws MEDIA_TYPE_REFUSED for schema 1 and for what is no image; REGISTRY_ANSWER_INVALID for everything else
 */
export function readManifestDocument(
  bytes: Uint8Array,
  contentType: string | undefined,
  what: string,
): ManifestDocument {
  const header = statedType(contentType)
  if (isSchema1Type(header)) throw schema1(what)
  const json = parseObject(bytes, contentType, what)
  if (json.schemaVersion === 1) throw schema1(what)
  const own = typeof json.mediaType === 'string' && json.mediaType !== '' ? json.mediaType : undefined
  const guessed = guess(json)
  const contradicts = isIndexType(header) ? !isIndexType(guessed) : isIndexType(guessed)
  const mediaType = own ?? (VAGUE.test(header) || contradicts ? guessed : header)
  const isIndex = isIndexType(mediaType)
  if (!isIndex && !isImageManifestType(mediaType)) throw refused(what, mediaType)
  const keys = new Set(Object.keys(json).map(folded))
  if (isIndex ? keys.has('layers') || keys.has('config') : keys.has('manifests')) {
    throw invalid(what, 'it is an index and a manifest at once', '同时是索引和清单')
  }
  const parsed = isIndex ? indexSchema.safeParse(json) : manifestSchema.safeParse(json)
  if (!parsed.success) {
    const { en, zh } = schemaIssueText(parsed.error.issues[0], json)
    throw invalid(what, en, zh)
  }
  return 'manifests' in parsed.data
    ? { kind: 'index', mediaType, index: parsed.data }
    : { kind: 'image', mediaType, manifest: parsed.data }
}

/**
 * Refuses a document of another kind, index or image manifest, than the media type by which it was asked for says. Docker's
 * and OCI's name for a kind are one to containerd (images.validateMediaType) and to go-containerregistry.
 * @param said a `Content-Type`, or the media type of the descriptor in an index
 * @throws REGISTRY_ANSWER_INVALID
 */
export function checkKind(
  { kind, mediaType }: ManifestDocument,
  said: string | undefined,
  what: string,
): void {
  const type = statedType(said)
  if (kind === 'index' ? !isImageManifestType(type) : !isIndexType(type)) return
  throw invalid(
    what,
    `it is announced as ${type}, but is ${mediaType}`,
    `声明的类型为 ${type}，实际为 ${mediaType}`,
  )
}

/** Of several types (a proxy adds its own) those that say nothing do not count. */
function statedType(contentType: string | undefined): string {
  const types = (contentType ?? '').split(',').map(bareMediaType)
  const telling = new Set(types.filter((type) => !VAGUE.test(type)))
  return telling.size > 0 ? [...telling].join(', ') : (types[0] ?? '')
}

/** OCI allows a document without mediaType; then only its fields tell. */
function guess(json: Record<string, unknown>): string {
  const types = 'manifests' in json ? INDEX_TYPES : IMAGE_MANIFEST_TYPES
  return types[0] ?? ''
}

function parseObject(
  bytes: Uint8Array,
  contentType: string | undefined,
  what: string,
): Record<string, unknown> {
  let json: unknown
  try {
    json = parseJson(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes))
  } catch {
    json = undefined
  }
  if (typeof json === 'object' && json !== null && !Array.isArray(json))
    return json as Record<string, unknown>
  const response = typeAndWords(contentType, bytes)
  throw invalid(
    what,
    `a manifest was expected, the response is ${response.en}`,
    `期望清单，响应却是 ${response.zh}`,
  )
}

function schema1(what: string): Error {
  return fail('MEDIA_TYPE_REFUSED', {
    what: { en: `${what}: an image in Docker's schema 1`, zh: `${what}：镜像为 Docker schema 1 格式` },
    because: {
      en: 'this format names no sizes and no config, and containerd 2 does not read it',
      zh: '该格式没有大小和配置信息，containerd 2 不再读取',
    },
    fix: { en: 'push the image again with a current tool', zh: '请用新版工具重新推送镜像' },
  })
}

function refused(what: string, mediaType: string): Error {
  const accepted = [...IMAGE_MANIFEST_TYPES, ...INDEX_TYPES].join(', ')
  return fail('MEDIA_TYPE_REFUSED', {
    what: { en: `${what}: not an image`, zh: `${what}：不是镜像` },
    because: {
      en: `its media type is ${mediaType}; accepted are ${accepted}`,
      zh: `媒体类型为 ${mediaType}；可接受：${accepted}`,
    },
    fix: { en: 'check the name and the tag', zh: '请检查名称和标签' },
  })
}

/** A response that the distribution or image specification does not allow. */
export function invalid(what: string, en: string, zh: string): Error {
  return fail('REGISTRY_ANSWER_INVALID', {
    what: { en: `${what}: the registry's response is not valid`, zh: `${what}：镜像仓库的响应无效` },
    because: { en, zh },
    fix: {
      en: 'check the registry, and the proxies and mirrors in front of it',
      zh: '请检查镜像仓库及其前面的代理和镜像站',
    },
  })
}

/** @throws REGISTRY_ANSWER_INVALID when a descriptor declares more than fits into memory */
export function checkMetadataSize(size: number, what: string): void {
  if (size > METADATA_LIMIT) {
    throw invalid(
      what,
      `it declares ${size} bytes, the limit is ${METADATA_LIMIT}`,
      `声明 ${size} 字节，上限为 ${METADATA_LIMIT}`,
    )
  }
}

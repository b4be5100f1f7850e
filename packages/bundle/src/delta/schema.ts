import { parseJson, schemaIssueText, type Text } from '@edgelift/core'
import { z } from 'zod'
import { fail } from '../codes.ts'
import { ARCHIVE_NAME_WORDS, isArchiveName, isSafePath } from '../safe-path.ts'

/** A SHA-256 in hexadecimal. */
const Hex = z.string().regex(/^[0-9a-f]{64}$/)
const Size = z.number().int().nonnegative()

/** A piece of an image tarball: a blob of the base or of the delta, or the bytes between blobs. */
const Part = z.union([z.strictObject({ blob: Hex, size: Size }), z.strictObject({ bytes: z.base64() })])
export type DeltaPart = z.infer<typeof Part>

const File = z.strictObject({
  /** As in the archive's manifest. */
  path: z.string().refine(isSafePath, 'a path inside the archive'),
  /** How the archive's writer packs it: needed to write the very archive again. */
  pack: z.enum(['stored', 'deflated', 'alone']),
  /** `base`: the base holds the same content; `delta`: the delta does, under `files/`; else it is put together. */
  source: z.union([z.literal('base'), z.literal('delta'), z.array(Part)]),
})
export type DeltaFile = z.infer<typeof File>

/** Of every version of the format. */
const FORMAT_NAME = 'edgelift/delta/'
const FORMAT = `${FORMAT_NAME}v1`

/** `delta.json`: how an archive is put together from an older one and what the delta carries. */
export const Delta = z.strictObject({
  format: z.literal(FORMAT),
  /** Name of the archive that it completes to: the top directory. */
  name: z.string().refine(isArchiveName, ARCHIVE_NAME_WORDS),
  /** What it was made against: the base has to hold this release's content. */
  base: z.strictObject({ name: z.string(), version: z.string() }),
  /** In the order of the archive's manifest. */
  files: z.array(File),
})
export type Delta = z.infer<typeof Delta>

/** Where a delta keeps what it carries, relative to its top directory. */
export const DELTA_PATHS = { recipe: 'delta.json', files: 'files', blobs: 'blobs/sha256' } as const

/** @throws DELTA_INVALID naming the field */
export function parseDelta(bytes: Uint8Array, where: string): Delta {
  let json: unknown
  try {
    json = parseJson(new TextDecoder().decode(bytes))
  } catch (error) {
    const why = (error as Error).message
    throw deltaInvalid(where, { en: `it is not JSON: ${why}`, zh: `不是 JSON：${why}` })
  }
  const { format } = (json ?? {}) as { readonly format?: unknown }
  if (typeof format === 'string' && format !== FORMAT && format.startsWith(FORMAT_NAME))
    throw newer(where, format)
  const parsed = Delta.safeParse(json)
  if (parsed.success) return parsed.data
  throw deltaInvalid(where, schemaIssueText(parsed.error.issues[0], json))
}

/** To copy it again does not help. */
function newer(where: string, format: string): Error {
  return fail('DELTA_INVALID', {
    what: { en: `cannot read ${where}`, zh: `无法读取 ${where}` },
    because: {
      en: `its format is ${format}, this edgelift reads ${FORMAT}`,
      zh: `其格式为 ${format}，当前 edgelift 支持 ${FORMAT}`,
    },
    fix: {
      en: 'verify it with the edgelift that built it, or a newer one; on the site, its own ./edgelift complete reads it',
      zh: '请使用构建该增量包的 edgelift 或更新版本校验；在现场由增量包自带的 ./edgelift complete 读取',
    },
  })
}

/** The error of a recipe that cannot be followed. */
export function deltaInvalid(where: string, because: Text): Error {
  return fail('DELTA_INVALID', {
    what: { en: `cannot read ${where}`, zh: `无法读取 ${where}` },
    because,
    fix: {
      en: 'copy the delta archive again and unpack it into an empty folder',
      zh: '请重新拷贝增量包，并解包到空目录',
    },
  })
}

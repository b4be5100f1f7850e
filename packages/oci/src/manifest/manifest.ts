import { type Digest, isDigest, schemaIssueText, type Text } from '@edgelift/core'
import { z } from 'zod'
import { exactObject } from './exact-keys.ts'

/** Go's decoder, by which containerd reads annotations and labels, takes null for the empty string. */
const wordsSchema = z.record(
  z.string(),
  z
    .string()
    .nullable()
    .transform((value) => value ?? ''),
)

/** image-spec 1.1, descriptor.md: what a piece of content is, how long, and its digest. */
export const descriptorSchema = exactObject({
  mediaType: z.string().min(1),
  digest: z.custom<Digest>((value) => typeof value === 'string' && isDigest(value), {
    error: 'sha256: and 64 hex digits',
  }),
  size: z.number().int().nonnegative(),
  // One entry that says nothing usable of its platform (`{}`, null) must not make the whole index unreadable.
  platform: exactObject({ os: z.string(), architecture: z.string(), variant: z.string().optional() })
    .optional()
    .catch(undefined),
  annotations: wordsSchema.nullish().transform((value) => value ?? undefined),
  urls: z
    .array(z.string())
    .nullish()
    .transform((value) => value ?? undefined),
})

/** The manifest of one image: OCI's (manifest.md) or Docker's schema 2. */
export const manifestSchema = exactObject({
  schemaVersion: z.literal(2),
  mediaType: z.string().nullish(),
  artifactType: z.string().nullish(),
  config: descriptorSchema,
  // An image from scratch that holds nothing has none, which Go also writes as null.
  layers: z
    .array(descriptorSchema)
    .nullish()
    .transform((value) => value ?? []),
  annotations: wordsSchema.nullish(),
})

/**
 * A list of manifests: OCI's index (image-index.md) or Docker's manifest list. An entry that cannot be read (a digest by
 * another hash, no size) stands in `defects` and spoils no other one.
 */
export const indexSchema = exactObject({
  schemaVersion: z.literal(2),
  mediaType: z.string().nullish(),
  manifests: z.array(z.unknown()).nullable(),
}).transform((index) => {
  const manifests: Descriptor[] = []
  const defects: Text[] = []
  for (const [number, entry] of (index.manifests ?? []).entries()) {
    const { success, data, error } = descriptorSchema.safeParse(entry)
    if (success) manifests.push(data)
    const [issue] = error?.issues ?? []
    if (issue !== undefined)
      defects.push(schemaIssueText({ ...issue, path: ['manifests', number, ...issue.path] }, index))
  }
  return { ...index, manifests, defects }
})

/** The parts of an image's config (config.md) that matter here. */
export const imageConfigSchema = exactObject({
  os: z.string().nullish(),
  architecture: z.string().nullish(),
  variant: z.string().nullish(),
  config: z.object({ Labels: wordsSchema.nullish() }).nullish(),
  rootfs: exactObject({ diff_ids: z.array(z.string()).nullish() }).nullish(),
})

export interface Descriptor {
  readonly mediaType: string
  readonly digest: Digest
  readonly size: number
  readonly platform?:
    | { readonly os: string; readonly architecture: string; readonly variant?: string | undefined }
    | undefined
  readonly annotations?: Readonly<Record<string, string>> | undefined
  readonly urls?: readonly string[] | undefined
}
export type Manifest = z.infer<typeof manifestSchema>
export type Index = z.infer<typeof indexSchema>
export type ImageConfig = z.infer<typeof imageConfigSchema>

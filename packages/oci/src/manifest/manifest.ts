import { type Digest, isDigest } from '@edgelift/core'
import { z } from 'zod'

/** image-spec 1.1, descriptor.md: what a piece of content is, how long, and its digest. */
export const descriptorSchema = z.object({
  mediaType: z.string().min(1),
  digest: z.custom<Digest>((value) => typeof value === 'string' && isDigest(value), {
    error: 'is not sha256: and 64 hex digits',
  }),
  size: z.number().int().nonnegative(),
  // One entry that says nothing usable of its platform (`{}`, null) must not make the whole index unreadable.
  platform: z
    .object({ os: z.string(), architecture: z.string(), variant: z.string().optional() })
    .optional()
    .catch(undefined),
  annotations: z
    .record(z.string(), z.string())
    .nullish()
    .transform((value) => value ?? undefined),
  urls: z
    .array(z.string())
    .nullish()
    .transform((value) => value ?? undefined),
})

/** The manifest of one image: OCI's (manifest.md) or Docker's schema 2. */
export const manifestSchema = z.object({
  schemaVersion: z.literal(2),
  mediaType: z.string().optional(),
  artifactType: z.string().optional(),
  config: descriptorSchema,
  layers: z.array(descriptorSchema),
  annotations: z.record(z.string(), z.string()).nullish(),
})

/** A list of manifests: OCI's index (image-index.md) or Docker's manifest list. */
export const indexSchema = z.object({
  schemaVersion: z.literal(2),
  mediaType: z.string().optional(),
  manifests: z.array(descriptorSchema),
  annotations: z.record(z.string(), z.string()).nullish(),
})

/** The parts of an image's config (config.md) that matter here. */
export const imageConfigSchema = z.object({
  os: z.string().nullish(),
  architecture: z.string().nullish(),
  variant: z.string().nullish(),
  config: z.object({ Labels: z.record(z.string(), z.string()).nullish() }).nullish(),
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

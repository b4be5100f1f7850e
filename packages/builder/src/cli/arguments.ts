import { PLATFORMS, ROLES } from '@edgelift/bundle'
import { parseBytes } from '@edgelift/core'
import { type Arguments, usageError } from '@edgelift/core/cli'
import { z } from 'zod'
import { CI_SYSTEMS } from '../init/ci/systems.ts'

const Text = z.string().min(1)

/** `cloud,edge` or the option given once with one word. */
function list<T extends string>(words: readonly [T, ...T[]]) {
  return z
    .string()
    .transform((text) => [...new Set(text.split(',').map((word) => word.trim()))])
    .pipe(z.array(z.enum(words)).min(1))
}

function notASize(context: z.RefinementCtx): never {
  context.addIssue({ code: 'custom', message: 'a size such as 4GB, 700MB or 4GiB' })
  return z.NEVER
}

/** The options that every command of the builder has. */
const GlobalArguments = z.object({ store: Text.optional(), config: Text.optional() })

export const InitArguments = z.object({ dir: Text.default('.'), ci: z.enum(CI_SYSTEMS).optional() })

export const LintArguments = z.object({ release: Text })

export const LockArguments = GlobalArguments.extend({
  release: Text,
  check: z.boolean().default(false),
})

export const BuildArguments = GlobalArguments.extend({
  release: Text,
  role: list(ROLES).default([...ROLES]),
  platform: list(PLATFORMS).optional(),
  out: Text.default('dist'),
  sign: Text.optional(),
  offline: z.boolean().default(false),
  rehash: z.boolean().default(false),
  since: Text.optional(),
  'only-delta': z.boolean().default(false),
  split: Text.transform((text, context) => parseBytes(text) ?? notASize(context)).optional(),
}).refine((options) => !options['only-delta'] || options.since !== undefined, {
  error: '--only-delta needs --since',
})

export const VerifyArguments = z.object({ archive: z.array(Text).min(1), pubkey: Text.optional() })

export const InspectArguments = z
  .object({
    archive: Text,
    images: z.boolean().default(false),
    files: z.boolean().default(false),
    why: Text.optional(),
    sbom: z.enum(['spdx', 'cyclonedx']).optional(),
    report: Text.optional(),
    against: Text.optional(),
    pubkey: Text.optional(),
  })
  .refine(
    ({ images, files, why, sbom }) =>
      [images, files, why !== undefined, sbom !== undefined].filter(Boolean).length <= 1,
    { error: '--images, --files, --why and --sbom exclude each other' },
  )

export const DiffArguments = z.object({
  from: Text,
  to: Text,
  report: Text.optional(),
  'exit-code': z.boolean().default(false),
})

export const StoreArguments = GlobalArguments.extend({
  action: z.enum(['ls', 'prune', 'verify', 'export', 'import']),
  file: Text.optional(),
  release: z.array(Text).default([]),
  'older-than': z
    .string()
    .regex(/^\d+[dh]?$/, 'a number of days (30d) or hours (12h)')
    .transform((text) => Number.parseInt(text, 10) * (text.endsWith('h') ? 1 : 24))
    .optional(),
  'dry-run': z.boolean().default(false),
  keep: z.array(Text).default([]),
}).refine(({ action, file }) => (action === 'export' || action === 'import') === (file !== undefined), {
  error: 'export and import need a FILE; no other action takes one',
})

export const KeygenArguments = z.object({ file: Text })

/** @throws USAGE naming the argument */
export function parseArguments<T extends z.ZodType>(schema: T, args: Arguments): z.infer<T> {
  const parsed = schema.safeParse(args)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  const name = String(issue?.path[0] ?? '') // what follows are places in a list of one argument
  const words = issue?.message ?? ''
  throw usageError(name === '' ? words : `--${name}: ${words}`)
}

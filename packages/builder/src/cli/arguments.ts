import { PLATFORMS, ROLES } from '@edgelift/bundle'
import { parseBytes, type Text as Words } from '@edgelift/core'
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

/** What a schema's own messages stand for. */
const WORDS: Readonly<Record<string, Words>> = {
  size: {
    en: 'must be a size such as 4GB, 700MB or 4GiB',
    zh: '应为大小，例如 4GB、700MB 或 4GiB',
  },
  age: { en: 'must be a number of days (30d) or hours (12h)', zh: '应为天数（30d）或小时数（12h）' },
  since: { en: '--only-delta needs --since', zh: '--only-delta 需要与 --since 一起使用' },
  views: {
    en: '--images, --files, --why and --sbom exclude each other',
    zh: '--images、--files、--why 和 --sbom 不能同时使用',
  },
  file: {
    en: 'export and import need a FILE; no other action takes one',
    zh: 'export 和 import 需要指定文件；其他操作不需要',
  },
  export: { en: 'only store export takes this option', zh: '仅适用于 store export' },
  prune: { en: 'only store prune takes this option', zh: '仅适用于 store prune' },
}

function notASize(context: z.RefinementCtx): never {
  context.addIssue({ code: 'custom', message: 'size' })
  return z.NEVER
}

/** The options that every command of the builder has. */
const GlobalArguments = z.object({ store: Text.optional(), config: Text.optional() })

export const InitArguments = z.object({ dir: Text.default('.'), ci: z.enum(CI_SYSTEMS).optional() })

export const LintArguments = GlobalArguments.extend({ release: Text })

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
  error: 'since',
})

export const VerifyArguments = z.object({
  archive: z.array(Text).min(1),
  pubkey: Text.optional(),
  layers: z.boolean().default(false),
})

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
    { error: 'views' },
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
    .regex(/^\d+[dh]?$/, 'age')
    .transform((text) => Number.parseInt(text, 10) * (text.endsWith('h') ? 1 : 24))
    .optional(),
  'dry-run': z.boolean().default(false),
  keep: z.array(Text).default([]),
})
  .refine(({ action, file }) => (action === 'export' || action === 'import') === (file !== undefined), {
    error: 'file',
  })
  .superRefine((options, context) => {
    const { action, release, keep, 'older-than': age, 'dry-run': isPreview } = options
    const given: readonly (readonly [name: string, of: string, isGiven: boolean])[] = [
      ['release', 'export', release.length > 0],
      ['older-than', 'prune', age !== undefined],
      ['dry-run', 'prune', isPreview],
      ['keep', 'prune', keep.length > 0],
    ]
    for (const [name, of, isGiven] of given)
      if (isGiven && of !== action) context.addIssue({ code: 'custom', message: of, path: [name] })
  })

export const KeygenArguments = z.object({ file: Text })

/** @throws USAGE naming the argument */
export function parseArguments<T extends z.ZodType>(schema: T, args: Arguments): z.infer<T> {
  const [parsed, globals] = [schema.safeParse(args), GlobalArguments.safeParse(args)]
  if (parsed.success && globals.success) return parsed.data
  const [issue] = (globals.success ? parsed : globals).error?.issues ?? []
  const words = wordsOf(issue)
  const [name] = issue?.path ?? [] // what follows are places in a list of one argument
  if (name === undefined) throw usageError(words)
  const isPositional = POSITIONALS.has(String(name)) || (name === 'release' && !Array.isArray(args.release))
  const label = isPositional ? `<${String(name)}>` : `--${String(name)}`
  throw usageError({ en: `${label}: ${words.en}`, zh: `${label}：${words.zh}` })
}

/** `release` is one too, but for `store export`, which takes a list of them as an option. */
const POSITIONALS: ReadonlySet<string> = new Set(['archive', 'dir', 'file', 'from', 'to'])

function wordsOf(issue: z.core.$ZodIssue | undefined): Words {
  if (issue?.code === 'too_small') return { en: 'must not be empty', zh: '不能为空' }
  if (issue?.code === 'invalid_value') {
    const values = issue.values.map(String)
    return { en: `must be one of ${values.join(', ')}`, zh: `应为以下之一：${values.join('、')}` }
  }
  const message = issue?.message ?? ''
  return WORDS[message] ?? { en: message, zh: message }
}

import { z } from 'zod'
import { EXTENDS, Release } from './schema.ts'

/** A JSON Schema (draft 2020-12) as far as it is walked here. */
export interface JsonSchema {
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly additionalProperties?: JsonSchema | boolean
  readonly items?: JsonSchema
  readonly propertyNames?: { readonly enum?: readonly string[] }
  readonly anyOf?: readonly JsonSchema[]
  readonly [key: string]: unknown
}

/** The schema of what people write (the input side: what has a default may be left out). */
export function releaseJsonSchema(): JsonSchema {
  return z.toJSONSchema(Release, { io: 'input', unrepresentable: 'any' }) as JsonSchema
}

/**
 * The schema for editors (`manifests/release.schema.json`): as {@link releaseJsonSchema}, and a file that `extends`
 * another one may hold anything less, and `null` for what it removes.
 */
export function editorJsonSchema(): JsonSchema {
  const { $schema, required, ...schema } = releaseJsonSchema()
  const properties = {
    [EXTENDS]: {
      type: 'string',
      minLength: 1,
      description:
        'The release that this one changes: a file, relative to this one, or a name in manifests/.',
    },
    ...mapValues(schema.properties ?? {}, removable),
  }
  return {
    $schema,
    title: 'edgelift release',
    description: 'What goes into the archives. docs/en/releases.md explains every key.',
    ...schema,
    properties,
    if: { not: { required: [EXTENDS] } },
    // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
    then: { required },
  }
}

/** Parts of a map may be `null` in a release that extends another one, and named parts partial. */
function removable(part: JsonSchema): JsonSchema {
  const named = part.additionalProperties
  if (typeof named !== 'object') return part
  const { required: _, ...partial } = named
  const properties = named.properties && mapValues(named.properties, orNull)
  return {
    ...part,
    additionalProperties: orNull(properties === undefined ? named : { ...partial, properties }),
  }
}

function orNull(schema: JsonSchema): JsonSchema {
  const { description, ...rest } = schema
  return { ...(description === undefined ? {} : { description }), anyOf: [rest, { type: 'null' }] }
}

function mapValues(
  map: Readonly<Record<string, JsonSchema>>,
  change: (schema: JsonSchema) => JsonSchema,
): Record<string, JsonSchema> {
  return Object.fromEntries(Object.entries(map).map(([key, schema]) => [key, change(schema)]))
}

/** The keys that the schema knows at `path`. */
export function knownKeys(schema: JsonSchema, path: readonly PropertyKey[]): string[] {
  const [key, ...rest] = path
  const forms = [schema, ...(schema.anyOf ?? [])]
  if (key === undefined)
    return forms.flatMap((form) => [
      ...Object.keys(form.properties ?? {}),
      ...(form.propertyNames?.enum ?? []),
    ])
  return forms.flatMap((form) => {
    const child = form.properties?.[String(key)] ?? form.items ?? form.additionalProperties
    return typeof child === 'object' ? knownKeys(child, rest) : []
  })
}

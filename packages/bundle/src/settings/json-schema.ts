import type { Role } from '../manifest.ts'
import { SETTINGS, type SettingKind } from './table.ts'

type Schema = { readonly [key: string]: unknown }

const TEXT: Schema = { type: 'string', minLength: 1 }
/** YAML's own types, or a text as in a flag. */
const FORMS: Readonly<Record<SettingKind, Schema>> = {
  text: TEXT,
  file: TEXT,
  'yes-or-no': { enum: [true, false, 'yes', 'no', 'on', 'off'] },
  list: { type: ['array', 'string'], items: TEXT },
  labels: { type: ['object', 'string'], additionalProperties: { type: ['string', 'number', 'boolean'] } },
  relays: {
    type: ['array', 'string'],
    items: {
      type: 'object',
      required: ['nodeName', 'advertiseAddress'],
      additionalProperties: false,
      properties: { nodeName: TEXT, advertiseAddress: { type: 'array', items: TEXT, minItems: 1 } },
    },
  },
}

/** The JSON Schema (draft 2020-12) of a role's `install.yaml`, for editors. */
export function settingsJsonSchema(role: Role): Schema {
  const properties: Record<string, Schema> = {}
  for (const setting of SETTINGS) {
    if (!setting.roles.includes(role)) continue
    const [name = '', inner] = setting.name.split('.')
    const form = { description: setting.describe.en, ...FORMS[setting.kind] }
    properties[name] =
      inner === undefined
        ? form
        : { type: 'object', additionalProperties: false, properties: { [inner]: form } }
  }
  if (role === 'edge') {
    properties.token = { description: 'The join token itself: in a file of mode 0600 only.', ...TEXT }
  }
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: `edgelift settings, ${role} role`,
    type: ['object', 'null'],
    additionalProperties: false,
    properties,
  }
}

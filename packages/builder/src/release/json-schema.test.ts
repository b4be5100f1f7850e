import { describe, expect, it } from 'vitest'
import { editorJsonSchema, knownKeys, releaseJsonSchema } from './json-schema.ts'

describe('the JSON Schema of releases', () => {
  it('knows the keys at every depth, through maps and lists', () => {
    const schema = releaseJsonSchema()
    expect(knownKeys(schema, [])).toContain('imageLists')
    expect(knownKeys(schema, ['files', 'anything'])).toContain('members')
    expect(knownKeys(schema, ['charts', 'c', 'variants', 0])).toEqual(['when', 'values'])
    expect(knownKeys(schema, ['files', 'a', 'checksum'])).toEqual(['url', 'name', 'sha256'])
  })

  it('explains every key of a file, for editors', () => {
    const properties = editorJsonSchema().properties ?? {}
    const files = properties.files?.additionalProperties as { anyOf: { properties?: object }[] }
    const named = files.anyOf[0]?.properties as Record<string, { description?: string }>
    const bare = Object.entries(named).filter(
      ([key, part]) => part.description === undefined && key !== 'platforms',
    )
    expect(bare).toEqual([])
  })

  it('lets a release that extends another one leave out and remove', () => {
    const schema = editorJsonSchema()
    expect(schema.required).toBeUndefined()
    expect(schema.properties?.extends).toBeDefined()
    expect(JSON.stringify(schema.properties?.images)).toContain('{"type":"null"}')
  })
})

import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { digestOf } from '@edgelift/core'
import { openStore, type Store } from '@edgelift/oci'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Rendered } from './helm.ts'
import { keptRendering } from './kept-rendering.ts'

let store: Store
let rendered: string[]
beforeEach(async () => {
  store = await openStore(await mkdtemp(path.join(tmpdir(), 'edgelift-rendering-')))
  rendered = []
})
afterEach(() => rm(store.root, { recursive: true }))

const keep = (key: string, result: Rendered = { text: `text of ${key}` }) =>
  keptRendering(store, key, async () => {
    rendered.push(key)
    return result
  })

describe('a rendering', () => {
  it('is kept under everything that it depends on, also for the next run', async () => {
    expect(await keep('a')).toEqual({ text: 'text of a' })
    expect(await keep('b')).toEqual({ text: 'text of b' })
    store = await openStore(store.root)
    expect(await keep('a')).toEqual({ text: 'text of a' })
    expect(rendered).toEqual(['a', 'b'])
  })

  it('may be empty', async () => {
    for (let times = 0; times < 2; times++) expect(await keep('a', { text: '' })).toEqual({ text: '' })
    expect(rendered).toEqual(['a'])
  })

  it('that failed is not kept', async () => {
    expect(await keep('a', { reason: 'nil pointer' })).toEqual({ reason: 'nil pointer' })
    expect(await keep('a')).toEqual({ text: 'text of a' })
    expect(rendered).toEqual(['a', 'a'])
  })

  it.each([
    ['pruned', (file: string) => rm(file)],
    ['damaged', (file: string) => writeFile(file, 'TEXT OF A')],
  ])('is made again where its text is %s', async (_what, harm) => {
    await keep('a')
    await harm(store.pathOf(digestOf('text of a')))
    expect(await keep('a')).toEqual({ text: 'text of a' })
    expect(rendered).toEqual(['a', 'a'])
  })

  it.each(['', '{', '{"digest": 1}'])('is made again where the note of it holds %j', async (note) => {
    await keep('a')
    const folder = path.join(store.root, 'rendered')
    for (const name of await readdir(folder)) await writeFile(path.join(folder, name), note)
    expect(await keep('a')).toEqual({ text: 'text of a' })
    expect(rendered).toEqual(['a', 'a'])
  })
})

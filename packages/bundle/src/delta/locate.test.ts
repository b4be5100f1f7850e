import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { BundleFile } from '../manifest.ts'
import type { Base } from './bases.ts'
import { locate } from './locate.ts'
import type { Delta, DeltaFile } from './schema.ts'

const hexOf = (text: string): string => createHash('sha256').update(text).digest('hex')

let delta: string
beforeAll(async () => {
  delta = await mkdtemp(path.join(tmpdir(), 'edgelift-locate-'))
  await mkdir(path.join(delta, 'files'))
  await mkdir(path.join(delta, 'blobs/sha256'), { recursive: true })
  await writeFile(path.join(delta, 'files/new'), 'new')
  await writeFile(path.join(delta, 'blobs/sha256', hexOf('blob')), 'blob')
})
afterAll(() => rm(delta, { recursive: true }))

const recipeOf = (...files: readonly DeltaFile[]): Delta => ({
  format: 'edgelift/delta/v1',
  name: 'site-2',
  base: { name: 'site', version: '1' },
  files: [...files],
})
const fromBase = (name: string): DeltaFile => ({ path: name, pack: 'stored', source: 'base' })

/** Every file holds its own name. */
function packed(...names: readonly string[]): Map<string, BundleFile> {
  return new Map(
    names.map((name) => [
      name,
      {
        path: name,
        size: name.length,
        mode: '0644',
        integrity: `sha256-${createHash('sha256').update(name).digest('base64')}`,
        origin: { kind: 'edgelift', version: '0' },
        neededBy: [],
      },
    ]),
  )
}

/** A base that holds these texts, and notes what it was asked for. */
function baseOf(label: string, ...texts: readonly string[]): Base & { readonly asked: string[] } {
  const asked: string[] = []
  const all = new Map(texts.map((text) => [hexOf(text), { file: `/${label}`, offset: 0, size: text.length }]))
  return {
    label,
    asked,
    find: async (hex) => {
      asked.push(hex)
      return all.get(hex)
    },
  }
}

describe('locate', () => {
  it('takes what the delta carries before any base is asked', async () => {
    const base = baseOf('base', 'new', 'blob')
    const image: DeltaFile = {
      path: 'image',
      pack: 'stored',
      source: [{ blob: hexOf('blob'), size: 4 }, { bytes: 'AAAA' }],
    }
    const recipe = recipeOf({ path: 'new', pack: 'stored', source: 'delta' }, image)
    const places = await locate(recipe, packed('new', 'image'), { delta, bases: [base] })
    expect([...places.values()].map(({ file }) => path.relative(delta, file))).toEqual([
      'files/new',
      `blobs/sha256/${hexOf('blob')}`,
    ])
    expect(base.asked).toEqual([])
  })

  it('asks the bases in their order, for every content once', async () => {
    const [first, second] = [baseOf('first', 'a'), baseOf('second', 'a', 'b')]
    const recipe = recipeOf(fromBase('a'), fromBase('b'), fromBase('a'))
    const places = await locate(recipe, packed('a', 'b'), { delta, bases: [first, second] })
    expect([...places.values()].map(({ file }) => file)).toEqual(['/first', '/second'])
    expect([first.asked, second.asked]).toEqual([[hexOf('a'), hexOf('b')], [hexOf('b')]])
  })

  it('tells all that is missing at once, the first five by name, and which base has it', async () => {
    const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g']
    const recipe = recipeOf(...names.map(fromBase))
    const bases = [baseOf('/one.tar.gz'), baseOf('/two', 'b')]
    await expect(locate(recipe, packed(...names), { delta, bases })).rejects.toMatchObject({
      code: 'DELTA_BASE_MISSING',
      exit: 1,
      what: {
        en: 'the base lacks 6 of the contents that site-2 needs',
        zh: '基准缺少 site-2 所需的 6 项内容',
      },
      because: {
        en: 'not in /one.tar.gz, /two: a, c, d, e, f and 1 more',
        zh: '/one.tar.gz、/two 中没有：a、c、d、e、f 等 6 项',
      },
      fix: {
        en: expect.stringContaining('the archive of site 1 '),
        zh: expect.stringContaining('site 1 离线包'),
      },
    })
  })

  it('says so where no base was given, and names a blob by its image', async () => {
    const blob = hexOf('elsewhere')
    const recipe = recipeOf({ path: 'image', pack: 'stored', source: [{ blob, size: 1 }] })
    await expect(locate(recipe, packed('image'), { delta, bases: [] })).rejects.toMatchObject({
      because: {
        en: `not in any base: image (sha256:${blob.slice(0, 12)})`,
        zh: `任何基准中都没有：image (sha256:${blob.slice(0, 12)})`,
      },
    })
  })

  it('refuses a recipe that names a file which the manifest does not', async () => {
    await expect(locate(recipeOf(fromBase('a')), packed(), { delta, bases: [] })).rejects.toMatchObject({
      code: 'DELTA_INVALID',
      what: { en: 'delta.json names a, which the manifest does not', zh: 'delta.json 中的 a 不在清单中' },
    })
  })
})

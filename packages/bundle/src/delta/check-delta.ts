import { audit, hexOfIntegrity, integrityOf, type Seen } from '../audit.ts'
import { fail } from '../codes.ts'
import type { BundleFile, BundleManifest } from '../manifest.ts'
import { PATHS, UNLISTED } from '../paths.ts'
import { readManifest } from '../read-manifest.ts'
import { type RecordsContext, readRecords, type Verified } from '../records.ts'
import { checkRecipe } from './check-recipe.ts'
import { DELTA_PATHS, type Delta, parseDelta } from './schema.ts'

type Content = (name: string) => Uint8Array | undefined
type Listed = Pick<BundleFile, 'path' | 'size' | 'integrity' | 'mode'>

/**
 * The recipe, where the files are those of a delta: one that its manifest does not list, in the place of files that it does.
 * @throws DELTA_INVALID, MANIFEST_INVALID
 */
export function recipeAmong(
  paths: { has(path: string): boolean },
  content: Content,
  where: string,
): Delta | undefined {
  const [recipe, manifest] = [content(DELTA_PATHS.recipe), content(PATHS.manifest)]
  if (recipe === undefined || manifest === undefined) return undefined
  const listed = readManifest(manifest, `${where}/${PATHS.manifest}`).files.map((file) => file.path)
  if (listed.includes(DELTA_PATHS.recipe) || listed.every((path) => paths.has(path))) return undefined
  return parseDelta(recipe, `${where}/${DELTA_PATHS.recipe}`)
}

/** The top directory of a delta's archive. */
export function deltaName(recipe: Delta): string {
  return `${recipe.name}.from-${recipe.base.version}.delta`
}

/**
 * Holds the files of a delta against its recipe and against the records of the archive that it completes to. No record speaks of
 * its launcher and of the recipe itself: only what lies beside the delta vouches for them.
 * @throws as checkRecords; DELTA_INVALID
 */
export function checkDelta(
  recipe: Delta,
  seen: ReadonlyMap<string, Seen>,
  content: Content,
  context: RecordsContext,
): Verified {
  const { manifest, sums, ...signed } = readRecords(content, context)
  checkRecipe(recipe, manifest, `${context.where}/${DELTA_PATHS.recipe}`)
  const files = filesOf(recipe, manifest, seen)
  const hexes = files.map(({ path, integrity }) => [path, hexOfIntegrity(integrity)] as const)
  const ofManifest = sums.get(PATHS.manifest)
  const problems = audit({
    manifest: { ...manifest, files: files as BundleFile[] },
    sums: new Map([...hexes, ...(ofManifest === undefined ? [] : [[PATHS.manifest, ofManifest] as const])]),
    seen,
    changeable: new Set(),
    existingAllowed: UNLISTED,
  })
  return {
    manifest,
    files: seen.size,
    bytes: [...seen.values()].reduce((sum, file) => sum + file.size, 0),
    ...signed,
    besideChecked: [],
    besideUnchecked: [],
    edited: [],
    problems,
    delta: recipe.base,
  }
}

/** What a delta holds besides the records. Of the blobs that a recipe names, the base has those that are not there. */
function filesOf(recipe: Delta, manifest: BundleManifest, seen: ReadonlyMap<string, Seen>): Listed[] {
  const packed = new Map(manifest.files.map((file) => [file.path, file]))
  const files = new Map<string, Listed>()
  const add = (file: Listed): void => void files.set(file.path, file)
  for (const [path, mode] of [
    [PATHS.launcher, '0755'],
    [DELTA_PATHS.recipe, '0644'],
    [PATHS.installer, '0644'],
  ] as const) {
    const found = seen.get(path)
    const entry = path === PATHS.installer ? packed.get(path) : undefined
    add({
      ...{ path, mode, size: entry?.size ?? found?.size ?? 0 },
      integrity: entry?.integrity ?? integrityOf(found?.sha256 ?? ''),
    })
  }
  for (const { path, source } of recipe.files) {
    const entry = packed.get(path)
    if (source === 'delta' && entry !== undefined)
      add({ ...entry, path: `${DELTA_PATHS.files}/${path}`, mode: '0644' })
    for (const part of Array.isArray(source) ? source : []) {
      const blob = `${DELTA_PATHS.blobs}/${'blob' in part ? part.blob : ''}`
      if ('blob' in part && seen.has(blob))
        add({ path: blob, size: part.size, integrity: integrityOf(part.blob), mode: '0644' })
    }
  }
  return [...files.values()]
}

/** The error for a delta in the place of a full archive. */
export function deltaGiven(where: string, { name, base }: Delta): Error {
  return fail('NOT_A_BUNDLE', {
    what: { en: `${where} is a delta, not a full archive`, zh: `${where} 是增量包，不是完整的离线包` },
    because: {
      en: `it holds only what ${name} adds to ${base.name} ${base.version}`,
      zh: `其中只有 ${name} 相对 ${base.name} ${base.version} 新增的内容`,
    },
    fix: {
      en: 'name the full archive; on the site, unpack the delta and run ./edgelift complete --base OLD in its directory, which verifies every file',
      zh: '请指定完整的离线包；在现场请解包增量包，并在其目录中执行 ./edgelift complete --base 旧包，该命令会校验全部文件',
    },
  })
}

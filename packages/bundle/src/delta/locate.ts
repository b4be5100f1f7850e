import { stat } from 'node:fs/promises'
import path from 'node:path'
import { hexOfIntegrity } from '../audit.ts'
import { fail } from '../codes.ts'
import type { BundleFile } from '../manifest.ts'
import type { Base } from './bases.ts'
import { DELTA_PATHS, type Delta, type DeltaFile, deltaInvalid } from './schema.ts'
import type { Place } from './tar-blobs.ts'

/**
 * The place of every content that a delta needs, by SHA-256 in hexadecimal: in the unpacked delta, else in the first base
 * that has it.
 * @param packed the files of the archive that it completes to, by path
 * @throws DELTA_BASE_MISSING naming all that no base holds, DELTA_INVALID
 */
export async function locate(
  recipe: Delta,
  packed: ReadonlyMap<string, BundleFile>,
  { delta, bases }: { readonly delta: string; readonly bases: readonly Base[] },
): Promise<Map<string, Place>> {
  const places = new Map<string, Place>()
  const missing: string[] = []
  const want = async (
    { hex, size }: { hex: string; size: number },
    what: string,
    own: string,
  ): Promise<void> => {
    if (places.has(hex)) return
    const place = (await ownPlace(path.join(delta, own), size)) ?? (await findIn(bases, hex, size))
    if (place === undefined) missing.push(what)
    else places.set(hex, place)
  }
  for (const file of recipe.files) {
    if (Array.isArray(file.source)) {
      for (const part of file.source)
        if ('blob' in part)
          await want(
            { hex: part.blob, size: part.size },
            `${file.path} (sha256:${part.blob.slice(0, 12)})`,
            `${DELTA_PATHS.blobs}/${part.blob}`,
          )
    } else {
      const { integrity, size } = entryOf(file, packed)
      await want({ hex: hexOfIntegrity(integrity), size }, file.path, `${DELTA_PATHS.files}/${file.path}`)
    }
  }
  if (missing.length > 0) throw baseMissing(recipe, bases, missing)
  return places
}

/**
 * The first place in a base. Content of another size is another content, however the base calls it: it is not read.
 * @param unfit places that were read and hold something else
 */
export async function findIn(
  bases: readonly Base[],
  hex: string,
  size: number,
  unfit: readonly Place[] = [],
): Promise<Place | undefined> {
  const isUnfit = ({ file, offset }: Place) => unfit.some((one) => one.file === file && one.offset === offset)
  for (const base of bases) {
    const place = await base.find(hex)
    if (place?.size === size && !isUnfit(place)) return place
  }
  return undefined
}

/**
 * What the archive's manifest says of a file of the recipe.
 * @throws DELTA_INVALID where it says nothing
 */
export function entryOf(file: DeltaFile, packed: ReadonlyMap<string, BundleFile>): BundleFile {
  const entry = packed.get(file.path)
  if (entry !== undefined) return entry
  throw fail('DELTA_INVALID', {
    what: {
      en: `${DELTA_PATHS.recipe} names ${file.path}, which the manifest does not`,
      zh: `${DELTA_PATHS.recipe} 中的 ${file.path} 不在清单中`,
    },
    fix: { en: 'copy the delta archive again', zh: '请重新拷贝增量包' },
  })
}

async function ownPlace(file: string, size: number): Promise<Place | undefined> {
  const found = await stat(file).catch(() => undefined)
  if (found?.isFile() !== true) return undefined
  if (found.size === size) return { file, offset: 0, size }
  throw deltaInvalid(file, {
    en: `expected ${size} bytes, got ${found.size}`,
    zh: `期望 ${size} 字节，实际 ${found.size} 字节`,
  })
}

function baseMissing(recipe: Delta, bases: readonly Base[], missing: readonly string[]): Error {
  const some = missing.slice(0, 5)
  const more = missing.length - some.length
  const labels = bases.map((base) => base.label)
  const looked =
    labels.length === 0
      ? { en: 'any base', zh: '任何基准中都' }
      : { en: labels.join(', '), zh: `${labels.join('、')} 中` }
  const { name, version } = recipe.base
  return fail('DELTA_BASE_MISSING', {
    what: {
      en: `the base lacks ${missing.length} of the contents that ${recipe.name} needs`,
      zh: `基准缺少 ${recipe.name} 所需的 ${missing.length} 项内容`,
    },
    because: {
      en: `not in ${looked.en}: ${some.join(', ')}${more > 0 ? ` and ${more} more` : ''}`,
      zh: `${looked.zh}没有：${some.join('、')}${more > 0 ? ` 等 ${missing.length} 项` : ''}`,
    },
    fix: {
      en: `give --base the archive of ${name} ${version} for this role and platform, or its directory`,
      zh: `请用 --base 指定同一角色和平台的 ${name} ${version} 离线包或其目录`,
    },
  })
}

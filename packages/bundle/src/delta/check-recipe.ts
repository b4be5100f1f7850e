import type { BundleManifest } from '../manifest.ts'
import { type Delta, type DeltaPart, deltaInvalid } from './schema.ts'

/**
 * Holds a recipe against the manifest of the archive that it completes to, before anything is written: the same name, the
 * same files in the same order, and as many bytes as each file has. What the bytes are is proved by their digests later.
 * @param where how errors name the recipe
 * @throws DELTA_INVALID naming the field
 */
export function checkRecipe(recipe: Delta, manifest: BundleManifest, where: string): void {
  if (recipe.name !== manifest.name)
    throw deltaInvalid(where, {
      en: `name: "${recipe.name}", but its manifest has "${manifest.name}"`,
      zh: `name：为“${recipe.name}”，而清单中为“${manifest.name}”`,
    })
  for (const [index, file] of recipe.files.entries()) {
    const entry = manifest.files[index]
    if (entry?.path !== file.path)
      throw deltaInvalid(where, {
        en: `files.${index}.path: "${file.path}", but its manifest has ${entry === undefined ? 'no such file' : `"${entry.path}" there`}`,
        zh: `files.${index}.path：为“${file.path}”，而清单中${entry === undefined ? '没有此文件' : `为“${entry.path}”`}`,
      })
    if (!Array.isArray(file.source)) continue
    const size = file.source.reduce((sum, part) => sum + sizeOf(part), 0)
    if (size !== entry.size)
      throw deltaInvalid(where, {
        en: `files.${index}.source: ${size} bytes, but ${file.path} has ${entry.size}`,
        zh: `files.${index}.source：共 ${size} 字节，而 ${file.path} 为 ${entry.size} 字节`,
      })
  }
  const left = manifest.files[recipe.files.length]
  if (left !== undefined)
    throw deltaInvalid(where, {
      en: `files: ${left.path} of its manifest is missing`,
      zh: `files：缺少清单中的 ${left.path}`,
    })
}

function sizeOf(part: DeltaPart): number {
  return 'blob' in part ? part.size : Buffer.byteLength(part.bytes, 'base64')
}

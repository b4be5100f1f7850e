import type { Text } from './text.ts'

/**
 * Why a document cannot be read whose `format` (`edgelift/NAME/vN`) is another version of the one that is known: an edgelift that
 * knows more wrote it, and to copy it again does not help. Undefined for every other document, also one that is damaged. Pure.
 * @param document parsed JSON that nothing has checked yet
 */
export function otherFormat(document: unknown, known: string): Text | undefined {
  const { format } = (document ?? {}) as { readonly format?: unknown }
  const family = known.slice(0, known.lastIndexOf('/') + 1)
  if (typeof format !== 'string' || format === known || !format.startsWith(family)) return undefined
  return {
    en: `its format is ${format}, this edgelift reads ${known}`,
    zh: `其格式为 ${format}，当前 edgelift 支持 ${known}`,
  }
}

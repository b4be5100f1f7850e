import { parseJson } from '../json.ts'

/**
 * JSON objects that stand one after the other, with nothing but blanks between them; undefined for any other text. Kubernetes
 * reads such a file as it reads one of several YAML documents (apimachinery, util/yaml/decoder.go).
 */
export function jsonObjects(text: string): unknown[] | undefined {
  const parts = topLevelObjects(text.replace(/^\ufeff/, ''))
  try {
    return parts?.map((part) => parseJson(part))
  } catch {
    return undefined
  }
}

/** The text cut behind each closing brace that closes all; undefined where something else stands between objects. */
function topLevelObjects(text: string): string[] | undefined {
  const parts: string[] = []
  let [depth, start, isInText] = [0, 0, false]
  for (let at = 0; at < text.length; at++) {
    const char = text[at]
    if (isInText) {
      if (char === '\\') at++
      else if (char === '"') isInText = false
    } else if (depth === 0 && char !== '{') {
      if (!/\s/.test(char ?? '')) return undefined
    } else if (char === '"') isInText = true
    else if (char === '{') {
      if (depth++ === 0) start = at
    } else if (char === '}' && --depth === 0) parts.push(text.slice(start, at + 1))
  }
  return depth === 0 && parts.length > 0 ? parts : undefined
}

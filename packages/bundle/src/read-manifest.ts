import { fail } from './codes.ts'
import { BundleManifest } from './manifest.ts'
import { isSafePath } from './safe-path.ts'

/**
 * Parses the bytes of a `manifest.json`.
 * @param where how errors name it
 * @throws MANIFEST_INVALID naming the field
 */
export function readManifest(bytes: Uint8Array, where: string): BundleManifest {
  let json: unknown
  try {
    json = JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8'))
  } catch (error) {
    throw invalid(where, { en: 'it is not JSON', zh: '不是 JSON' }, error)
  }
  const parsed = BundleManifest.safeParse(json)
  if (!parsed.success) {
    const issue = parsed.error.issues[0]
    const words = `${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`
    throw invalid(where, { en: words, zh: words })
  }
  const bad = parsed.data.files.find((file) => !isSafePath(file.path))
  if (bad) throw invalid(where, { en: `path "${bad.path}"`, zh: `路径 "${bad.path}"` })
  return parsed.data
}

function invalid(where: string, because: { en: string; zh: string }, cause?: unknown): Error {
  return fail(
    'MANIFEST_INVALID',
    {
      what: { en: `${where} cannot be used`, zh: `${where} 不可用` },
      because,
      fix: {
        en: 'the archive is damaged, or of a newer edgelift: use the edgelift that belongs to it',
        zh: '归档已损坏，或由更新版本的 edgelift 生成：请使用与之配套的 edgelift',
      },
    },
    { cause },
  )
}

import { beginningOf, hasActing, parseJson, schemaIssueText } from '@edgelift/core'
import { fail } from './codes.ts'
import { BundleManifest } from './manifest.ts'
import { foldedPath, isSafePath } from './safe-path.ts'

/**
 * Parses the bytes of a `manifest.json`.
 * @param where how errors name it
 * @throws MANIFEST_INVALID naming the field
 */
export function readManifest(bytes: Uint8Array, where: string): BundleManifest {
  let json: unknown
  try {
    json = parseJson(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8'))
  } catch (error) {
    const why = (error as Error).message
    throw invalid(where, { en: `it is not JSON: ${why}`, zh: `不是 JSON：${why}` }, error)
  }
  const odd = controlsIn(json)
  if (odd !== undefined) {
    throw invalid(where, {
      en: `control characters in ${beginningOf(JSON.stringify(odd), 80)}`,
      zh: `含有控制字符：${beginningOf(JSON.stringify(odd), 80)}`,
    })
  }
  const parsed = BundleManifest.safeParse(json)
  if (!parsed.success) throw invalid(where, schemaIssueText(parsed.error.issues[0], json))
  const bad = parsed.data.files.find((file) => !isSafePath(file.path))
  if (bad) throw invalid(where, { en: `path "${bad.path}"`, zh: `路径 "${bad.path}"` })
  const clash = clashing(parsed.data.files.map((file) => file.path))
  if (clash !== undefined) {
    throw invalid(where, {
      en: `paths "${clash[0]}" and "${clash[1]}" are one file, or a file and a folder, where names do not tell case apart or lose dots at their end`,
      zh: `在不区分大小写或会去掉名称末尾点号的文件系统上，路径 "${clash[0]}" 与 "${clash[1]}" 是同一个文件，或互为文件与目录`,
    })
  }
  const lost = unpackedPlace(parsed.data)
  if (lost !== undefined) {
    throw invalid(where, {
      en: `${lost.field}: "${lost.path}" is not among its files`,
      zh: `${lost.field}：“${lost.path}”不在其文件列表中`,
    })
  }
  return parsed.data
}

/** The first image or chart whose file the archive does not hold: nothing would vouch for what lies there. */
function unpackedPlace({
  files,
  images,
  charts,
}: BundleManifest): { field: string; path: string } | undefined {
  const packed = new Set(files.map(({ path }) => path))
  const places = [
    ...images.map(({ file }, index) => ({ field: `images.${index}.file`, path: file })),
    ...charts.map(({ path }, index) => ({ field: `charts.${index}.path`, path })),
  ]
  return places.find(({ path }) => !packed.has(path))
}

/** The bytes of a `manifest.json`, as they lie in every archive. */
export function formatManifest(manifest: unknown): Buffer {
  return Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`)
}

/**
 * Refuses what {@link formatManifest} does not write: of a key that stands twice, programs read one or the other.
 * @throws MANIFEST_INVALID
 */
export function checkManifestForm(bytes: Uint8Array, where: string): void {
  if (formatManifest(JSON.parse(Buffer.from(bytes).toString('utf8'))).equals(bytes)) return
  throw invalid(where, {
    en: 'it is not in the form in which edgelift writes it: a key stands twice, or another program wrote it',
    zh: '其写法与 edgelift 写入的不一致：有重复的键，或由其他程序写入',
  })
}

/** The first key or text that would act on a terminal when it is shown. */
function controlsIn(value: unknown): string | undefined {
  if (typeof value === 'string') return hasActing(value) ? value : undefined
  if (typeof value !== 'object' || value === null) return undefined
  for (const [key, inner] of Object.entries(value)) {
    const odd = controlsIn(key) ?? controlsIn(inner)
    if (odd !== undefined) return odd
  }
  return undefined
}

/** Two paths that some medium takes for one ({@link foldedPath}), or of which one is a folder of the other. */
function clashing(paths: readonly string[]): readonly [string, string] | undefined {
  // What lies in a folder stands right behind it: no character of a path comes before NUL.
  const sorted = paths
    .map((path) => ({ path, key: foldedPath(path).replaceAll('/', '\0') }))
    .sort((a, b) => (a.key < b.key ? -1 : 1))
  for (const [index, { path, key }] of sorted.entries()) {
    const next = sorted[index + 1]
    if (next?.key === key || next?.key.startsWith(`${key}\0`)) return [path, next.path]
  }
  return undefined
}

function invalid(where: string, because: { en: string; zh: string }, cause?: unknown): Error {
  return fail(
    'MANIFEST_INVALID',
    {
      what: { en: `${where} cannot be used`, zh: `${where} 不可用` },
      because,
      fix: {
        en: 'the archive is damaged, or of a newer edgelift: use the edgelift that belongs to it',
        zh: '离线包已损坏，或由更新版本的 edgelift 生成：请使用与之配套的 edgelift',
      },
    },
    { cause },
  )
}

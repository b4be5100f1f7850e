import { fail } from './codes.ts'

/** `SHA256SUMS`: `hash`, two spaces, path, sorted by path. GNU, BusyBox and macOS tools read it. */
export function formatSums(sums: ReadonlyMap<string, string>): string {
  return [...sums]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([path, hex]) => `${hex}  ${path}\n`)
    .join('')
}

/**
 * Path to hash, in hexadecimal. Only lines that {@link formatSums} writes are accepted, in any order.
 * @throws SUMS_INVALID naming the line
 */
export function parseSums(text: string, where: string): Map<string, string> {
  const sums = new Map<string, string>()
  const lines = text.split('\n')
  if (lines.pop() !== '') throw sumsInvalid(where, lines.length + 1)
  for (const [index, line] of lines.entries()) {
    const [, hex, path] = /^([0-9a-f]{64}) {2}(\S.*)$/.exec(line) ?? []
    if (hex === undefined || path === undefined || sums.has(path)) throw sumsInvalid(where, index + 1)
    sums.set(path, hex)
  }
  return sums
}

/**
 * As {@link parseSums}, of an archive's own list: sorted, as {@link formatSums} writes it.
 * @throws SUMS_INVALID naming the line
 */
export function parseOwnSums(text: string, where: string): Map<string, string> {
  const sums = parseSums(text, where)
  const lines = text.split('\n')
  const odd = formatSums(sums)
    .split('\n')
    .findIndex((line, index) => line !== lines[index])
  if (odd !== -1) throw sumsInvalid(where, odd + 1)
  return sums
}

function sumsInvalid(where: string, line: number): Error {
  return fail('SUMS_INVALID', {
    what: {
      en: `${where}, line ${line}: not "hash  path"`,
      zh: `${where} 第 ${line} 行：不是“哈希  路径”格式`,
    },
    because: { en: 'the file is damaged or was edited', zh: '文件已损坏或被修改' },
    fix: { en: 'copy the archive again', zh: '请重新复制离线包' },
  })
}

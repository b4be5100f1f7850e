import path from 'node:path'
import { beginningOf, type Digest } from '@edgelift/core'
import ssri from 'ssri'
import { fail } from '../codes.ts'
import { type ChecksumLine, checksumLines, type UnreadLine } from './checksum-lines.ts'

/** What upstream says about one file. */
export interface UpstreamChecksum {
  /** As SRI, in every algorithm that upstream names; ssri checks with the strongest. */
  readonly integrity: string
  /** The same as a digest, when upstream says it in SHA-256. */
  readonly sha256?: Digest
}

const CHECKED = ['sha256', 'sha384', 'sha512']

/**
 * Reads upstream's checksum file. The dialects: lines of `hash  name` or `hash *name` (`sha256sum`, also with folders
 * before the name), `SHA256 (name) = hash` (BSD), `SHA2-256(name)= hash` (openssl dgst), or one bare hash and nothing else
 * (KubeEdge). The list says the algorithm, or the hash's length does. Lines that are none, such as those of a signature around
 * the list, are passed over, as by `sha256sum -c`.
 * @param options.name the file's name in the list, with as many of its folders as tell it from others
 * @param options.path the path that the file was downloaded from, by which the list may name it (`bin/linux/amd64/kubectl`)
 * @param options.where how an error names the list: its URL
 * @throws CHECKSUM_UNREADABLE when the text is none of these, or does not name the file, or says two things about it
 */
export function parseChecksums(
  text: string,
  options: { readonly name: string; readonly path?: string | undefined; readonly where: string },
): UpstreamChecksum {
  const { name, where } = options
  const { lines, unread } = checksumLines(text)
  const bare = lines.length === 1 && lines[0]?.name === undefined && unread === undefined
  const mine = bare ? lines : linesFor(lines, { name, path: options.path ?? name })
  if (mine.length === 0) throw unread === undefined ? unnamed(where, name, lines) : unreadable(where, unread)

  const byAlgorithm = new Map<string, string>()
  for (const { algorithm, hash } of mine) {
    if (!CHECKED.includes(algorithm)) continue
    const other = byAlgorithm.get(algorithm)
    if (other !== undefined && other !== hash) throw contradiction(where, { name, mine })
    byAlgorithm.set(algorithm, hash)
  }
  if (byAlgorithm.size === 0) throw weak(where, name, mine)
  const sha256 = byAlgorithm.get('sha256')
  return {
    integrity: [...byAlgorithm]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([algorithm, hash]) => ssri.fromHex(hash, algorithm).toString())
      .join(' '),
    ...(sha256 === undefined ? {} : { sha256: `sha256:${sha256}` as Digest }),
  }
}

/** Of several files that end alike (`amd64/tool`, `arm64/tool`) the one that was downloaded, where the list tells. */
function linesFor(
  lines: readonly ChecksumLine[],
  { name, path }: { readonly name: string; readonly path: string },
): ChecksumLine[] {
  const named = lines.filter((line) => line.name !== undefined && endsWith(line.name, name))
  const fitting = named.filter((line) => endsWith(path, line.name ?? ''))
  const longest = Math.max(...fitting.map((line) => plain(line.name ?? '').length))
  return fitting.length === 0 ? named : fitting.filter((line) => plain(line.name ?? '').length === longest)
}

function endsWith(path: string, end: string): boolean {
  return `/${plain(path)}`.endsWith(`/${plain(end)}`)
}

/** Without `./` and slashes before it. */
function plain(name: string): string {
  return path.posix.normalize(name).replace(/^\/+/, '')
}

function unreadable(where: string, { line, text }: UnreadLine): Error {
  const html = /^<(!doctype|html|\?xml)/i.test(text)
  return fail('CHECKSUM_UNREADABLE', {
    what: {
      en: `${where}, line ${line}: this is not a list of checksums`,
      zh: `${where} 第 ${line} 行：不是校验和列表`,
    },
    because: html
      ? { en: 'the server answered with a web page', zh: '服务器返回的是网页' }
      : text === ''
        ? { en: 'it is empty', zh: '内容为空' }
        : { en: `it begins "${beginningOf(text, 60)}"`, zh: `其内容以 "${beginningOf(text, 60)}" 开头` },
    fix: { en: 'check "checksum.url" and your proxy', zh: '请检查 "checksum.url" 和代理' },
  })
}

function unnamed(where: string, name: string, lines: readonly ChecksumLine[]): Error {
  const names = lines.flatMap((line) => (line.name === undefined ? [] : [plain(line.name)]))
  return fail('CHECKSUM_UNREADABLE', {
    what: { en: `${where} does not name ${name}`, zh: `${where} 中没有 ${name}` },
    because: {
      en:
        names.length > 0
          ? `it names ${names.slice(0, 12).join(', ')}`
          : 'it holds several hashes without names',
      zh: names.length > 0 ? `其中有 ${names.slice(0, 12).join('、')}` : '其中有多个没有名称的哈希',
    },
    fix: {
      en: 'set "checksum.name" to the name that the list uses',
      zh: '请将 "checksum.name" 设为列表中使用的名称',
    },
  })
}

function contradiction(
  where: string,
  { name, mine }: { readonly name: string; readonly mine: readonly ChecksumLine[] },
): Error {
  const names = [...new Set(mine.map((line) => plain(line.name ?? '')))]
  return fail('CHECKSUM_UNREADABLE', {
    what: { en: `${where} says two things about ${name}`, zh: `${where} 对 ${name} 有两个不同的校验和` },
    because: mine.map((line) => `${line.hash} (${line.name})`).join(', '),
    fix:
      names.length > 1
        ? {
            en: `set "checksum.name" to the one that it is: ${names.join(', ')}`,
            zh: `请将 "checksum.name" 设为其中对应的文件：${names.join('、')}`,
          }
        : { en: 'ask upstream which one holds', zh: '请向上游确认哪个正确' },
  })
}

const ACCEPTED = { en: 'SHA-256, SHA-384 and SHA-512', zh: 'SHA-256、SHA-384 和 SHA-512' }

/** Hashes that are not checked here: they can be forged, or are others than downloads are held against. */
function weak(where: string, name: string, mine: readonly ChecksumLine[]): Error {
  const found = [...new Set(mine.map(({ algorithm }) => algorithm))]
  const [en, zh] = [found.join(', '), found.join('、')]
  const isForgeable = found.every((one) => /^(md5|sha-?1)$/i.test(one))
  return fail('CHECKSUM_UNREADABLE', {
    what: { en: `${where} names ${name} by ${en} only`, zh: `${where} 只提供 ${name} 的 ${zh}` },
    because: isForgeable
      ? { en: `${en} can be forged`, zh: `${zh} 可以被伪造` }
      : { en: `what is checked is ${ACCEPTED.en}`, zh: `仅校验 ${ACCEPTED.zh}` },
    fix: {
      en: 'remove "checksum": the first use is pinned in the lock then',
      zh: '请删除 "checksum"：首次使用的内容将固定在锁定文件中',
    },
  })
}

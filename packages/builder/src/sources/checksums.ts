import path from 'node:path'
import { beginningOf, type Digest } from '@edgelift/core'
import ssri from 'ssri'
import { fail } from '../codes.ts'

/** What upstream says about one file. */
export interface UpstreamChecksum {
  /** As SRI, in every algorithm that upstream names; ssri checks with the strongest. */
  readonly integrity: string
  /** The same as a digest, when upstream says it in SHA-256. */
  readonly sha256?: Digest
}

/** By the number of hexadecimal digits. */
const ALGORITHMS: Readonly<Record<number, 'sha256' | 'sha384' | 'sha512'>> = {
  64: 'sha256',
  96: 'sha384',
  128: 'sha512',
}
const WEAK: Readonly<Record<number, string>> = { 32: 'MD5', 40: 'SHA-1' }

interface Line {
  readonly hash: string
  /** Undefined for a bare hash. */
  readonly name: string | undefined
}

/**
 * Reads upstream's checksum file. The dialects: lines of `hash  name` or `hash *name` (`sha256sum`, also with folders
 * before the name), `SHA256 (name) = hash` (BSD), `SHA2-256(name)= hash` (openssl dgst), or one bare hash and nothing else
 * (KubeEdge); the algorithm is told by the hash's length.
 * @param options.name the file's name in the list
 * @param options.where how an error names the list: its URL
 * @throws CHECKSUM_UNREADABLE when the text is none of these, or does not name the file, or says two things about it
 */
export function parseChecksums(
  text: string,
  options: { readonly name: string; readonly where: string },
): UpstreamChecksum {
  const { name, where } = options
  const lines = linesOf(text, where)
  const bare = lines.length === 1 && lines[0]?.name === undefined
  const mine = bare ? lines : lines.filter((line) => line.name !== undefined && baseName(line.name) === name)
  if (mine.length === 0) throw unnamed(where, name, lines)

  const byAlgorithm = new Map<string, string>()
  for (const { hash } of mine) {
    const algorithm = ALGORITHMS[hash.length]
    if (algorithm === undefined) continue
    const other = byAlgorithm.get(algorithm)
    if (other !== undefined && other !== hash) throw contradiction(where, name, other, hash)
    byAlgorithm.set(algorithm, hash)
  }
  if (byAlgorithm.size === 0) throw weak(where, name, WEAK[mine[0]?.hash.length ?? 0] ?? '')
  const sha256 = byAlgorithm.get('sha256')
  return {
    integrity: [...byAlgorithm]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([algorithm, hash]) => ssri.fromHex(hash, algorithm).toString())
      .join(' '),
    ...(sha256 === undefined ? {} : { sha256: `sha256:${sha256}` as Digest }),
  }
}

function linesOf(text: string, where: string): Line[] {
  const lines: Line[] = []
  for (const [index, raw] of text.split(/\r?\n/).entries()) {
    const line = raw.trim()
    if (line === '' || line.startsWith('#')) continue
    const parsed = parseLine(line)
    if (parsed === undefined || !isHashLength(parsed.hash.length)) throw unreadable(where, index + 1, line)
    lines.push(parsed)
  }
  if (lines.length === 0) throw unreadable(where, 1, '')
  return lines
}

function parseLine(line: string): Line | undefined {
  const list = /^([0-9a-fA-F]{32,128})(?:\s+\*?(\S.*))?$/.exec(line)
  if (list?.[1] !== undefined) return { hash: list[1].toLowerCase(), name: list[2] }
  const tagged = /^[A-Za-z0-9-]+ ?\((.+)\) ?= ([0-9a-fA-F]{32,128})$/.exec(line)
  if (tagged?.[2] !== undefined) return { hash: tagged[2].toLowerCase(), name: tagged[1] }
  return undefined
}

function isHashLength(length: number): boolean {
  return ALGORITHMS[length] !== undefined || WEAK[length] !== undefined
}

function baseName(name: string): string {
  return path.posix.basename(name)
}

function unreadable(where: string, line: number, text: string): Error {
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

function unnamed(where: string, name: string, lines: readonly Line[]): Error {
  const names = lines.flatMap((line) => (line.name === undefined ? [] : [baseName(line.name)]))
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

function contradiction(where: string, name: string, one: string, other: string): Error {
  return fail('CHECKSUM_UNREADABLE', {
    what: { en: `${where} says two things about ${name}`, zh: `${where} 对 ${name} 有两个不同的校验和` },
    because: `${one}, ${other}`,
    fix: { en: 'ask upstream which one holds', zh: '请向上游确认哪个正确' },
  })
}

function weak(where: string, name: string, algorithm: string): Error {
  return fail('CHECKSUM_UNREADABLE', {
    what: {
      en: `${where} names ${name} by ${algorithm} only`,
      zh: `${where} 只提供 ${name} 的 ${algorithm}`,
    },
    because: { en: `${algorithm} can be forged`, zh: `${algorithm} 可以被伪造` },
    fix: {
      en: 'remove "checksum": the first use is pinned in the lock then',
      zh: '请删除 "checksum"：首次使用的内容将固定在锁定文件中',
    },
  })
}

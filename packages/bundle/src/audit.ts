import { type EdgeliftError, plainName, type Text } from '@edgelift/core'
import { fail } from './codes.ts'
import type { BundleManifest } from './manifest.ts'
import { PATHS, UNLISTED } from './paths.ts'

/** A file as it was found, its path relative to the top directory. */
export interface Seen {
  readonly size: number
  readonly mode: '0644' | '0755'
  /** Undefined where it was not read: a size that differs says enough. */
  readonly sha256: string | undefined
  /** Of a directory: what of owner, mode or names lets others change it, or runs it as another user. */
  readonly unsafe?: Text
}

/**
 * Holds what was found against both records of what was packed. Returns every problem, the first ones first by path.
 * @param changeable paths whose content may differ (the operator's answers); they must still be there
 * @param existingAllowed paths that may be there though they were not packed
 */
export function audit(input: {
  readonly manifest: BundleManifest
  readonly sums: ReadonlyMap<string, string>
  readonly seen: ReadonlyMap<string, Seen>
  readonly changeable: ReadonlySet<string>
  readonly existingAllowed: ReadonlySet<string>
}): EdgeliftError[] {
  const { manifest, sums, seen } = input
  const problems: [path: string, problem: EdgeliftError][] = []
  const packed = new Map(manifest.files.map((file) => [file.path, file]))
  const report = (path: string, problem: EdgeliftError) => problems.push([path, problem])

  for (const path of new Set([...packed.keys(), ...sums.keys(), PATHS.manifest, PATHS.sums])) {
    const found = seen.get(path)
    if (found === undefined) report(path, missing(path))
    else if (found.unsafe !== undefined) report(path, unsafePlace(path, found.unsafe))
    else if (path === PATHS.sums ? sums.has(path) : !input.changeable.has(path)) {
      const sum = sums.get(path)
      const file = packed.get(path)
      const listed = file === undefined ? undefined : hexOfIntegrity(file.integrity)
      if (sum === undefined || (listed === undefined && path !== PATHS.manifest))
        report(path, unlisted(path, sum === undefined))
      else if (file !== undefined && found.size !== file.size)
        report(path, damaged(path, otherSize(file.size, found.size)))
      else if (listed !== undefined && listed !== sum)
        report(...disagreement(path, found.sha256 ?? '', listed))
      else if (found.sha256 !== sum) report(path, damaged(path, otherContent(sum, found.sha256)))
      else if (file !== undefined && found.mode !== file.mode)
        report(path, damaged(path, otherMode(file.mode, found.mode)))
    }
  }
  for (const [path, { mode, unsafe }] of seen) {
    // The other records have passed the loop above.
    if (path === PATHS.signature && unsafe !== undefined) report(path, unsafePlace(path, unsafe))
    else if (UNLISTED.has(path) && mode !== '0644') report(path, damaged(path, otherMode('0644', mode)))
    if (packed.has(path) || UNLISTED.has(path) || input.existingAllowed.has(path)) continue
    if (!sums.has(path)) report(path, foreign(path))
  }
  return problems.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)).map(([, problem]) => problem)
}

/** The SHA-256 of an SRI text, in hexadecimal. */
export function hexOfIntegrity(integrity: string): string {
  return Buffer.from(integrity.replace(/^sha256-/, ''), 'base64').toString('hex')
}

/** The SRI text of a SHA-256 in hexadecimal. */
export function integrityOf(hex: string): string {
  return `sha256-${Buffer.from(hex, 'hex').toString('base64')}`
}

/** The two records differ: the file itself tells which of them was damaged. */
function disagreement(path: string, found: string, listed: string): [string, EdgeliftError] {
  const guilty = found === listed ? PATHS.sums : PATHS.manifest
  return [
    guilty,
    fail('FILE_DAMAGED', {
      what: { en: `${guilty}: damaged`, zh: `${guilty}：已损坏` },
      because: {
        en: `${PATHS.manifest} and ${PATHS.sums} say different things of ${path}`,
        zh: `${PATHS.manifest} 与 ${PATHS.sums} 对 ${path} 的记录不一致`,
      },
      fix: AGAIN,
    }),
  ]
}

/** For a file or a folder whose owner, mode or names are not as unpacking leaves them. */
export function unsafePlace(path: string, because: Text): EdgeliftError {
  return fail('FILE_DAMAGED', {
    what: {
      en: `${plainName(path)}: not as unpacking leaves it`,
      zh: `${plainName(path)}：与解包后的状态不一致`,
    },
    because,
    fix: AGAIN,
  })
}

const AGAIN = { en: 'copy and unpack the archive again', zh: '请重新复制离线包并重新解压' }

function otherSize(expected: number, got: number): Text {
  return { en: `expected ${expected} bytes, got ${got}`, zh: `期望 ${expected} 字节，实际 ${got} 字节` }
}

function otherMode(expected: string, got: string): Text {
  return { en: `expected mode ${expected}, got ${got}`, zh: `期望权限为 ${expected}，实际为 ${got}` }
}

function otherContent(expected: string, got: string | undefined): Text {
  return {
    en: `expected sha256 ${expected}, got ${got ?? 'none'}`,
    zh: `期望 sha256 ${expected}，实际${got === undefined ? '未读取' : ` ${got}`}`,
  }
}

function damaged(path: string, because: Text): EdgeliftError {
  return fail('FILE_DAMAGED', {
    what: { en: `${path}: not the file that was packed`, zh: `${path}：与打包时不一致` },
    because,
    fix: AGAIN,
  })
}

function missing(path: string): EdgeliftError {
  return fail('FILE_MISSING', {
    what: { en: `${path}: missing`, zh: `缺少 ${path}` },
    because: { en: 'it was packed, and is not there', zh: '打包时存在，现在没有' },
    fix: AGAIN,
  })
}

function unlisted(path: string, fromSums: boolean): EdgeliftError {
  const where = fromSums ? PATHS.sums : PATHS.manifest
  return fail('FILE_DAMAGED', {
    what: { en: `${path}: not in ${where}`, zh: `${path}：不在 ${where} 中` },
    because: { en: 'one of the two lists was changed', zh: '两个清单之一被修改' },
    fix: AGAIN,
  })
}

function foreign(path: string): EdgeliftError {
  return fail('FILE_FOREIGN', {
    what: {
      en: `${plainName(path)}: not a part of this archive`,
      zh: `${plainName(path)}：不属于此离线包`,
    },
    because: { en: 'somebody put it there after the archive was made', zh: '在离线包制作之后被放入' },
    fix: {
      en: 'move it out of the directory, or unpack the archive again',
      zh: '请将其移出目录，或重新解压离线包',
    },
  })
}

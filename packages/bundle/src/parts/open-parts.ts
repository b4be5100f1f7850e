import { createHash, type Hash } from 'node:crypto'
import { CHUNK, type EdgeliftError, namingPath, openRegular } from '@edgelift/core'
import { archiveName } from './names.ts'
import { type ListedPart, readPartsList, splitDamaged } from './read-list.ts'
import { type ArchiveSource, readAt } from './source.ts'

/**
 * An archive that lies in parts. Each is hashed as it is read from front to back, and held against the list.
 * @throws SPLIT_DAMAGED, SUMS_INVALID
 */
export async function openParts(list: string): Promise<ArchiveSource> {
  const parts = await readPartsList(list)
  const reader = partReader(parts)
  const hashes = parts.map(() => createHash('sha256'))
  const size = parts.reduce((sum, part) => sum + part.size, 0)
  let hashed = 0
  const read = async (at: number, length: number): Promise<Buffer> => {
    const bytes = await reader.read(at, Math.min(length, size - at))
    if (at <= hashed && hashed < at + bytes.length) {
      update(parts, hashes, { at: hashed, bytes: bytes.subarray(hashed - at) })
      hashed = at + bytes.length
    }
    return bytes
  }
  return {
    size,
    read,
    fill: async (at, bytes) => (await read(at, bytes.length)).copy(bytes),
    async problems() {
      const oversized = new Map<ListedPart, number>()
      for (const { part, index, begin } of placed(parts)) {
        const found = (at: number): string | undefined => hashes[at]?.copy().digest('hex')
        const limit = sizeLimit(parts, index, found(0) === parts[0]?.sha256)
        if (part.size > limit) {
          oversized.set(part, limit)
          hashed = Math.max(hashed, begin + part.size)
        }
        const end = begin + part.size
        while (hashed < end) {
          const { length } = await read(hashed, Math.min(CHUNK, end - hashed))
          if (length === 0) hashed = end // it has become shorter, which its hash tells
        }
      }
      return wrongParts(
        list,
        parts,
        hashes.map((hash) => hash.copy().digest('hex')),
        oversized,
      )
    },
    [Symbol.asyncDispose]: () => reader.close(),
  }
}

/**
 * The most bytes that a part can have without being wrong, whatever it holds: all but the last have one size, and the last
 * has no more. So none of three has more than the others together, and none more than the first one, once that is proved.
 */
function sizeLimit(parts: readonly ListedPart[], index: number, isFirstProved: boolean): number {
  const [first] = parts
  if (index > 0 && isFirstProved && first !== undefined) return first.size
  if (parts.length < 3) return Number.POSITIVE_INFINITY
  return parts.reduce((sum, { size }, other) => (other === index ? sum : sum + size), 0)
}

/** Where each part begins. */
function* placed(
  parts: readonly ListedPart[],
): Generator<{ part: ListedPart; index: number; begin: number }> {
  let begin = 0
  for (const [index, part] of parts.entries()) {
    yield { part, index, begin }
    begin += part.size
  }
}

function update(
  parts: readonly ListedPart[],
  hashes: readonly Hash[],
  { at, bytes }: { at: number; bytes: Buffer },
): void {
  for (const { part, index, begin } of placed(parts)) {
    const [from, to] = [Math.max(at, begin), Math.min(at + bytes.length, begin + part.size)]
    if (from < to) hashes[index]?.update(bytes.subarray(from - at, to - at))
  }
}

/** Keeps one part open: an archive may have hundreds. */
function partReader(parts: readonly ListedPart[]) {
  let open: { part: ListedPart; handle: Awaited<ReturnType<typeof openRegular>> } | undefined
  const close = async (): Promise<void> => {
    await open?.handle.close()
    open = undefined
  }
  return {
    close,
    async read(at: number, length: number): Promise<Buffer> {
      const pieces: Buffer[] = []
      for (const { part, begin } of placed(parts)) {
        const [from, to] = [Math.max(at, begin), Math.min(at + length, begin + part.size)]
        if (from >= to) continue
        if (open?.part !== part) {
          await close()
          open = { part, handle: await openRegular(part.file) }
        }
        pieces.push(await readAt(open.handle, from - begin, to - from).catch(namingPath(part.file)))
      }
      const [only] = pieces
      return pieces.length === 1 && only !== undefined ? only : Buffer.concat(pieces)
    },
  }
}

function wrongParts(
  list: string,
  parts: readonly ListedPart[],
  found: readonly string[],
  oversized: ReadonlyMap<ListedPart, number>,
): readonly EdgeliftError[] {
  const wrong = parts.flatMap((part, index) => {
    const limit = oversized.get(part)
    if (limit !== undefined)
      return [
        {
          en: `${part.name} is too large for a part of this archive (${part.size} bytes, at most ${limit} are possible)`,
          zh: `${part.name} 超出分卷可能的大小（${part.size} 字节，最多 ${limit} 字节）`,
        },
      ]
    if (found[index] === part.sha256) return []
    const other = parts.find(({ sha256 }) => sha256 === found[index])
    if (other !== undefined)
      return [{ en: `${part.name} holds ${other.name}`, zh: `${part.name} 的内容是 ${other.name}` }]
    return [
      {
        en: `${part.name} is damaged (expected ${part.sha256}, got ${found[index]})`,
        zh: `${part.name} 已损坏（期望 ${part.sha256}，实际 ${found[index]}）`,
      },
    ]
  })
  if (wrong.length === 0) return []
  const because = {
    en: wrong.map(({ en }) => en).join('; '),
    zh: wrong.map(({ zh }) => zh).join('；'),
  }
  return [splitDamaged(archiveName(list), because)]
}

import { createHash, type Hash } from 'node:crypto'
import { CHUNK, type EdgeliftError, openRegular } from '@edgelift/core'
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
      while (hashed < size) await read(hashed, CHUNK)
      return wrongParts(
        list,
        parts,
        hashes.map((hash) => hash.copy().digest('hex')),
      )
    },
    [Symbol.asyncDispose]: () => reader.close(),
  }
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
        pieces.push(await readAt(open.handle, from - begin, to - from))
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
): readonly EdgeliftError[] {
  const wrong = parts.flatMap((part, index) => {
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

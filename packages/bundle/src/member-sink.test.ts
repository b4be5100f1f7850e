import { createHash, randomBytes } from 'node:crypto'
import { gunzipSync } from 'node:zlib'
import { type HashThread, hashThread } from '@edgelift/core'
import { describe, expect, it } from 'vitest'
import { MEMBER_BYTES, memberSize } from './gzip-member.ts'
import { IN_FLIGHT, memberSink } from './member-sink.ts'
import { packContent } from './pack-content.ts'

type Sink = ReturnType<typeof memberSink>

/** The bytes that a sink has put out, cut into their members. */
async function membersOf(
  use: (sink: Sink) => Promise<unknown>,
  thread: HashThread | 'none' = hashThread(),
): Promise<Buffer[]> {
  const pieces: Buffer[] = []
  const put = async (piece: Uint8Array) => void pieces.push(Buffer.from(piece))
  const sink = thread === 'none' ? memberSink(put) : memberSink(put, thread)
  await use(sink)
  const size = await sink.end()
  let rest = Buffer.concat(pieces)
  expect(size).toBe(rest.length)
  const members: Buffer[] = []
  while (rest.length > 0) {
    const length = memberSize(rest)
    if (length === undefined) throw new Error('no member begins here')
    members.push(rest.subarray(0, length))
    rest = rest.subarray(length)
  }
  return members
}

const texts = (members: readonly Buffer[]): string[] => members.map((member) => gunzipSync(member).toString())

describe('the members of an archive', () => {
  it('hold what was written one after the other, as long as it is packed alike', async () => {
    const members = await membersOf(async (sink) => {
      for (const word of ['a', 'b', '', 'c']) await sink.write(Buffer.from(word), true)
      for (const word of ['d', 'e']) await sink.write(Buffer.from(word), false)
      await sink.write(Buffer.from('f'), true)
    })
    expect(texts(members)).toEqual(['abc', 'de', 'f'])
  })

  it('end where they are full, wherever the pieces end', async () => {
    const content = randomBytes(2 * MEMBER_BYTES + 10)
    for (const step of [MEMBER_BYTES, 1_000_003, content.length]) {
      const members = await membersOf(async (sink) => {
        for (let at = 0; at < content.length; at += step)
          await sink.write(content.subarray(at, at + step), false)
      })
      const parts = members.map((member) => gunzipSync(member))
      expect(parts.map(({ length }) => length)).toEqual([MEMBER_BYTES, MEMBER_BYTES, 10])
      expect(Buffer.concat(parts).equals(content)).toBe(true)
    }
  })

  it('keep their order, though several are compressed at once', async () => {
    // The first takes the longest: noise is harder to deflate than zeros.
    const contents = [
      randomBytes(MEMBER_BYTES),
      ...Array.from({ length: 6 }, (_, n) => Buffer.alloc(MEMBER_BYTES, n)),
    ]
    const members = await membersOf(async (sink) => {
      for (const content of contents) await sink.write(content, true)
    })
    expect(members.map((member, n) => gunzipSync(member).equals(contents[n] ?? Buffer.alloc(0)))).toEqual(
      contents.map(() => true),
    )
  })

  it('are none where nothing was written, and ending twice adds nothing', async () => {
    expect(await membersOf(async () => {})).toEqual([])
    expect(await membersOf((sink) => sink.end())).toEqual([])
    const members = await membersOf(async (sink) => {
      await sink.write(Buffer.from('a'), true)
      await sink.end()
      await sink.end()
      await sink.write(Buffer.from('b'), true)
    })
    expect(texts(members)).toEqual(['a', 'b'])
  })

  it('are the same with and without another thread', async () => {
    const use = async (sink: Sink): Promise<void> => {
      await sink.write(Buffer.alloc(200_000, 'text '), true)
      await sink.write(randomBytesOfSeed(200_000), false)
    }
    expect(await membersOf(use)).toEqual(await membersOf(use, 'none'))
  })

  it('that were packed before follow what was written before them', async () => {
    const members = await membersOf(async (sink) => {
      await sink.write(Buffer.from('before'), true)
      await sink.append(packContent(piecesOf(Buffer.from('packed'))))
      await sink.write(Buffer.from('after'), true)
    })
    expect(texts(members)).toEqual(['before', 'packed', 'after'])
  })

  it('may be written from one buffer that changes', async () => {
    const buffer = Buffer.from('one')
    const members = await membersOf(async (sink) => {
      await sink.write(buffer, true)
      buffer.write('two')
      await sink.write(buffer, true)
    })
    expect(texts(members)).toEqual(['onetwo'])
  })
})

describe('the hash of a content', () => {
  it.each([
    ['that lies in one member', 1000],
    ['that is larger than what is copied at once', 3_000_000],
    ['that ends with a member', MEMBER_BYTES],
    ['that goes over the border of members', MEMBER_BYTES + 1],
  ])('%s is known once it has been written', async (_what, size) => {
    const content = randomBytes(size)
    const thread = hashThread()
    let hex = ''
    await membersOf(async (sink) => {
      await sink.write(Buffer.from('no part of it'), false)
      const hash = thread.hash()
      for (let at = 0; at < size; at += 777_777)
        await sink.write(content.subarray(at, at + 777_777), false, hash)
      hex = await sink.digest(hash)
      await sink.write(Buffer.from('no part of it either'), false)
    }, thread)
    expect(hex).toBe(createHash('sha256').update(content).digest('hex'))
  })
})

it('writes a member as soon as it is made, and takes only so many before it is written', async () => {
  let written = 0
  let open = (): void => {}
  const gate = new Promise<void>((resolve) => {
    open = resolve
  })
  const sink = memberSink(async ({ length }) => {
    written += length
    await gate
  })
  await sink.write(Buffer.alloc(MEMBER_BYTES), false)
  await expect.poll(() => written).toBeGreaterThan(0)
  let taken = 1
  const more = (async () => {
    for (; taken < 2 * IN_FLIGHT; taken++) await sink.write(Buffer.alloc(MEMBER_BYTES), false)
  })()
  await new Promise((resolve) => setTimeout(resolve, 50))
  expect(taken).toBe(IN_FLIGHT - 1)
  open()
  await more
  expect(await sink.end()).toBeGreaterThan(2 * IN_FLIGHT * MEMBER_BYTES)
})

it('tells what stopped the writing, and can then be given up', async () => {
  const full = new Error('no space left')
  const sink = memberSink(async () => {
    throw full
  }, hashThread())
  await sink.write(Buffer.from('a'), true)
  await expect(sink.end()).rejects.toBe(full)
  await expect(sink.drain()).resolves.toBeUndefined()
})

async function* piecesOf(...pieces: readonly Buffer[]): AsyncGenerator<Buffer> {
  yield* pieces
}

function randomBytesOfSeed(size: number): Buffer {
  return Buffer.concat(
    Array.from({ length: Math.ceil(size / 64) }, (_, n) => createHash('sha512').update(`${n}`).digest()),
  ).subarray(0, size)
}

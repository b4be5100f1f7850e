import { randomBytes } from 'node:crypto'
import { beforeAll, describe, expect, it } from 'vitest'
import { seal, unseal } from './seal.ts'

const PASSPHRASE = 'five random words here now'
const CHUNK = 64 * 1024

async function* once(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes
}

async function all(source: AsyncIterable<Buffer>): Promise<Buffer> {
  const parts: Buffer[] = []
  for await (const part of source) parts.push(part)
  return Buffer.concat(parts)
}

const sealed = (plain: Buffer) => all(seal(once(plain), PASSPHRASE))
const opened = (bytes: Buffer, passphrase = PASSPHRASE) => all(unseal(once(bytes), passphrase, 'b'))

it.each([0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK])(
  'opens what it has sealed: %i bytes',
  async (size) => {
    const plain = randomBytes(size)
    const bytes = await sealed(plain)
    expect(await opened(bytes)).toEqual(plain)
    // The pieces in which a stream comes mean nothing.
    const parts = Array.from({ length: 9 }, (_, at) =>
      bytes.subarray(at * 20_000, at === 8 ? undefined : (at + 1) * 20_000),
    )
    const inParts = (async function* () {
      yield* parts
    })()
    expect(await all(unseal(inParts, PASSPHRASE, 'b'))).toEqual(plain)
  },
)

it('tells a wrong passphrase, and one spelled in another way of Unicode is the same', async () => {
  const bytes = await all(seal(once(Buffer.from('x')), 'caf\u00e9 caf\u00e9 caf\u00e9'))
  await expect(opened(bytes, 'cafe cafe cafe')).rejects.toMatchObject({ code: 'PASSPHRASE_WRONG', exit: 2 })
  expect((await opened(bytes, 'cafe\u0301 cafe\u0301 cafe\u0301')).toString()).toBe('x')
})

describe('what was changed, moved or cut off is not handed out', () => {
  const piece = CHUNK + 16
  let bytes: Buffer
  let begin: number
  beforeAll(async () => {
    bytes = await sealed(randomBytes(2 * CHUNK + 10))
    begin = bytes.indexOf(0x0a) + 1
  })
  const flipped = (at: number) => {
    const copy = Buffer.from(bytes)
    copy[at] = (copy[at] ?? 0) ^ 1
    return copy
  }
  const chunk = (number: number) => bytes.subarray(begin + number * piece, begin + (number + 1) * piece)

  it.each<[string, () => Buffer]>([
    ['the first bit of a chunk', () => flipped(begin)],
    ['the last one of its tag', () => flipped(begin + piece - 1)],
    ['the last one of all', () => flipped(bytes.length - 1)],
    ['a parameter in the header', () => flipped(30)],
    ['the end, by a byte', () => bytes.subarray(0, -1)],
    ['the end, between two chunks', () => bytes.subarray(0, begin + 2 * piece)],
    ['all chunks', () => bytes.subarray(0, begin)],
    ['half of the header', () => bytes.subarray(0, 20)],
    ['a byte more', () => Buffer.concat([bytes, Buffer.from('x')])],
    [
      'two chunks in the other order',
      () => Buffer.concat([bytes.subarray(0, begin), chunk(1), chunk(0), chunk(2)]),
    ],
  ])('%s', async (_, damaged) => {
    await expect(opened(damaged())).rejects.toMatchObject({ code: 'BACKUP_DAMAGED', exit: 4 })
  })
})

import { randomBytes } from 'node:crypto'
import { expect, it } from 'vitest'
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

it('hands out nothing that was changed, moved or cut off', async () => {
  const plain = randomBytes(2 * CHUNK + 10)
  const bytes = await sealed(plain)
  const begin = bytes.indexOf(0x0a) + 1
  const piece = CHUNK + 16
  const flipped = (at: number) => {
    const copy = Buffer.from(bytes)
    copy[at] = (copy[at] ?? 0) ^ 1
    return copy
  }
  const first = bytes.subarray(begin, begin + piece)
  const second = bytes.subarray(begin + piece, begin + 2 * piece)
  const bad = [
    flipped(begin),
    flipped(begin + piece - 1),
    flipped(bytes.length - 1),
    flipped(30), // a parameter in the header
    bytes.subarray(0, -1),
    bytes.subarray(0, begin + 2 * piece), // cut off between two chunks
    bytes.subarray(0, begin),
    bytes.subarray(0, 20),
    Buffer.concat([bytes, Buffer.from('x')]),
    Buffer.concat([bytes.subarray(0, begin), second, first, bytes.subarray(begin + 2 * piece)]),
  ]
  for (const one of bad) await expect(opened(one)).rejects.toMatchObject({ code: 'BACKUP_DAMAGED', exit: 4 })
})

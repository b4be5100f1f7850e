import { expect, it } from 'vitest'
import { byteReader } from './byte-reader.ts'

async function* chunks(...texts: readonly string[]): AsyncGenerator<Buffer> {
  for (const text of texts) yield Buffer.from(text)
}

async function passed(pieces: AsyncIterable<Buffer>): Promise<string[]> {
  const all: string[] = []
  for await (const piece of pieces) all.push(piece.toString())
  return all
}

it('takes lengths that have nothing to do with the chunks', async () => {
  const reader = byteReader(chunks('abc', '', 'defg', 'h'))
  const taken: string[] = []
  for (const length of [1, 4, 0, 2, 5, 1]) taken.push((await reader.take(length)).toString())
  expect(taken).toEqual(['a', 'bcde', '', 'fg', 'h', ''])
})

it('passes on what comes, without a copy of its own and without the rest', async () => {
  const reader = byteReader(chunks('abc', 'defg', 'hi'))
  await reader.take(1)
  expect(await passed(reader.pass(4))).toEqual(['bc', 'de'])
  expect((await reader.take(1)).toString()).toBe('f')
  expect(await passed(reader.pass())).toEqual(['g', 'hi'])
  expect(await passed(reader.pass())).toEqual([])
})

it('passes on less than it was asked for at the end', async () => {
  expect(await passed(byteReader(chunks('ab')).pass(10))).toEqual(['ab'])
  expect(await passed(byteReader(chunks('ab')).pass(0))).toEqual([])
  expect((await byteReader(chunks()).take(3)).length).toBe(0)
})

it('asks the source for no more than it needs', async () => {
  let asked = 0
  const source = async function* (): AsyncGenerator<Buffer> {
    for (;;) {
      asked++
      yield Buffer.from('abcd')
    }
  }
  const reader = byteReader(source())
  await reader.take(6)
  await reader.take(2)
  expect(asked).toBe(2)
})

it('tells what stopped the source', async () => {
  const broken = async function* (): AsyncGenerator<Buffer> {
    yield Buffer.from('ab')
    throw new Error('cut off')
  }
  const reader = byteReader(broken())
  expect((await reader.take(2)).toString()).toBe('ab')
  await expect(reader.take(1)).rejects.toThrow('cut off')
})

import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, rename, rm, symlink, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { EdgeliftError } from '@edgelift/core'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { formatSums } from '../sums.ts'
import { openArchive } from './open-archive.ts'
import { bytesOf } from './source.ts'

const CONTENT = Buffer.from('0123456789abcdefghij')
const SIZES = [7, 7, 6]

let folder: string
const at = (name: string): string => path.join(folder, name)
const part = (number: number): string => at(`a.tar.gz.part00${number}`)

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'edgelift-parts-'))
  const sums = new Map<string, string>()
  let begin = 0
  for (const [index, size] of SIZES.entries()) {
    const bytes = CONTENT.subarray(begin, begin + size)
    await writeFile(part(index + 1), bytes)
    sums.set(path.basename(part(index + 1)), createHash('sha256').update(bytes).digest('hex'))
    begin += size
  }
  await writeFile(at('a.tar.gz.parts.sha256'), formatSums(sums))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

/** The whole, or the words of what is wrong with it. */
async function read(where: string): Promise<string> {
  try {
    await using source = await openArchive(where)
    const pieces: Buffer[] = []
    for await (const piece of bytesOf(source)) pieces.push(piece)
    const [problem] = await source.problems()
    return problem?.because?.en ?? Buffer.concat(pieces).toString()
  } catch (error) {
    if (!(error instanceof EdgeliftError)) throw error
    return `${error.code}: ${error.because?.en}`
  }
}

it.each(['a.tar.gz', 'a.tar.gz.part002', 'a.tar.gz.parts.sha256'])(
  '%s stands for the whole',
  async (name) => {
    expect(await read(at(name))).toBe(CONTENT.toString())
  },
)

it('reads any place over borders, whatever was read before', async () => {
  await using source = await openArchive(part(1))
  expect(source.size).toBe(20)
  for (const [from, length] of [
    [5, 10],
    [0, 20],
    [19, 5],
    [7, 7],
    [20, 1],
  ] as const)
    expect(await source.read(from, length)).toEqual(CONTENT.subarray(from, from + length))
  expect(await source.problems()).toEqual([])
})

it('a part that is wrong is found without being read by anybody else', async () => {
  await writeFile(part(3), 'abcdef')
  await using source = await openArchive(part(1))
  const [problem] = await source.problems()
  expect(problem).toMatchObject({ code: 'SPLIT_DAMAGED', exit: 4 })
})

it.each<[string, () => Promise<unknown>, RegExp]>([
  ['a part is missing', () => rm(part(2)), /^SPLIT_DAMAGED: missing: a\.tar\.gz\.part002$/],
  [
    'a part is cut',
    () => writeFile(part(2), '789'),
    /^a\.tar\.gz\.part002 is damaged \(expected [0-9a-f]{64}/,
  ],
  ['a part is longer', () => writeFile(part(3), 'efghij!'), /^a\.tar\.gz\.part003 is damaged/],
  ['a part is empty', () => writeFile(part(1), ''), /^a\.tar\.gz\.part001 is damaged/],
  [
    'two parts are exchanged',
    async () => {
      await rename(part(1), at('x'))
      await rename(part(2), part(1))
      await rename(at('x'), part(2))
    },
    /^a\.tar\.gz\.part001 holds a\.tar\.gz\.part002; a\.tar\.gz\.part002 holds a\.tar\.gz\.part001$/,
  ],
  ['a part of another split', () => writeFile(part(4), ''), /part004 is not in a\.tar\.gz\.parts\.sha256$/],
  ['the list is missing', () => rm(at('a.tar.gz.parts.sha256')), /list of its parts is missing/],
  [
    'the list is empty',
    () => writeFile(at('a.tar.gz.parts.sha256'), ''),
    /does not name a\.tar\.gz\.part001/,
  ],
  [
    'the list leaves a number out',
    () => writeFile(at('a.tar.gz.parts.sha256'), `${'0'.repeat(64)}  a.tar.gz.part002\n`),
    /does not name a\.tar\.gz\.part001/,
  ],
  [
    'the list names a file elsewhere',
    () => writeFile(at('a.tar.gz.parts.sha256'), `${'0'.repeat(64)}  ../a.tar.gz.part001\n`),
    /does not name a\.tar\.gz\.part001/,
  ],
  [
    'a part is no file',
    async () => {
      await rm(part(2))
      await mkdir(part(2))
    },
    /^FILE_NOT_REGULAR/,
  ],
  [
    'a part is a pipe',
    async () => {
      await rm(part(2))
      execFileSync('mkfifo', [part(2)])
    },
    /^FILE_NOT_REGULAR/,
  ],
  [
    'a part is a link to nowhere',
    async () => {
      await rm(part(2))
      await symlink('nowhere', part(2))
    },
    /missing: a\.tar\.gz\.part002/,
  ],
  [
    'a part is a link to itself',
    async () => {
      await rm(part(2))
      await symlink(path.basename(part(2)), part(2))
    },
    /missing: a\.tar\.gz\.part002/,
  ],
])('is refused and named: %s', async (_title, damage, words) => {
  await damage()
  expect(await read(part(1))).toMatch(words)
})

it.each([
  ['in the middle', 2, 7],
  ['at the end', 3, 7],
  ['at the beginning', 1, 13],
])('a part that is far too large is not read: %s', async (_where, number, most) => {
  await truncate(part(number), 2 ** 42)
  await using source = await openArchive(part(1))
  const [problem] = await source.problems()
  expect(problem?.because?.en).toContain(
    `a.tar.gz.part00${number} is too large for a part of this archive (${2 ** 42} bytes, at most ${most} are possible)`,
  )
})

it('a part that becomes shorter while it is read is damaged', async () => {
  await using source = await openArchive(part(1))
  await truncate(part(2), 2)
  const [problem] = await source.problems()
  expect(problem?.because?.en).toMatch(
    /^a\.tar\.gz\.part002 is damaged \(expected [0-9a-f]{64}, got [0-9a-f]{64}\)$/,
  )
})

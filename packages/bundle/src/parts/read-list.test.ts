import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { partName, partsList } from './names.ts'
import { readPartsList, splitDamaged } from './read-list.ts'

const HEX = 'a'.repeat(64)
let archive: string
beforeEach(async () => {
  archive = path.join(await mkdtemp(path.join(tmpdir(), 'edgelift-list-')), 'a.tar.gz')
})
afterEach(() => rm(path.dirname(archive), { recursive: true }))

const name = (number: number): string => path.basename(partName(archive, number))
const lines = (numbers: readonly number[]): string => numbers.map((n) => `${HEX}  ${name(n)}\n`).join('')

async function read(text: string, there: readonly number[]) {
  await writeFile(partsList(archive), text)
  for (const number of there) await writeFile(partName(archive, number), 'x'.repeat(number))
  return readPartsList(partsList(archive))
}

describe('the list of the parts of an archive', () => {
  it('is read in the order of the parts, with the sizes of what is there', async () => {
    const parts = await read(lines([3, 1, 2]), [1, 2, 3])
    expect(parts.map((part) => [part.name, part.size, part.sha256])).toEqual([
      [name(1), 1, HEX],
      [name(2), 2, HEX],
      [name(3), 3, HEX],
    ])
  })

  it.each([
    ['line ends of Windows', (text: string) => text.replaceAll('\n', '\r\n')],
    ['a byte order mark', (text: string) => `\uFEFF${text}`],
    ['no line end behind the last', (text: string) => text.trimEnd()],
  ])('is read with %s', async (_, change) => {
    expect(await read(change(lines([1, 2])), [1, 2])).toHaveLength(2)
  })

  it('names every part that is missing, in both languages, with what to do', async () => {
    await expect(read(lines([1, 2, 3]), [2])).rejects.toMatchObject({
      code: 'SPLIT_DAMAGED',
      exit: 4,
      what: { en: `cannot put ${archive} together from its parts`, zh: `无法用分卷还原 ${archive}` },
      because: { en: `missing: ${name(1)}, ${name(3)}`, zh: `缺少：${name(1)}、${name(3)}` },
      fix: { en: expect.stringContaining('same build'), zh: expect.stringContaining('同一次构建') },
    })
  })

  it('names parts of another split that it does not list', async () => {
    await expect(read(lines([1]), [1, 2, 3])).rejects.toMatchObject({
      because: {
        en: `${name(2)}, ${name(3)} is not in a.tar.gz.parts.sha256`,
        zh: `${name(2)}、${name(3)} 不在 a.tar.gz.parts.sha256 中`,
      },
    })
  })

  it('does not mind the parts of another archive in the same folder', async () => {
    await writeFile(path.join(path.dirname(archive), 'b.tar.gz.part001'), '')
    expect(await read(lines([1]), [1])).toHaveLength(1)
  })

  it('may have as many parts as their names have room for, and no more', async () => {
    const numbers = Array.from({ length: 1000 }, (_, index) => index + 1)
    await expect(read(lines(numbers), [])).rejects.toMatchObject({
      because: {
        en: expect.stringContaining(`does not name ${name(1)}`),
        zh: expect.stringContaining(name(1)),
      },
    })
    await expect(read(lines(numbers.slice(0, 999)), [])).rejects.toMatchObject({
      because: { en: expect.stringContaining(`missing: ${name(1)}, `) },
    })
  })

  it('is refused with its line when it is none, and when there is none', async () => {
    await expect(read('nonsense\n', [1])).rejects.toMatchObject({ code: 'SUMS_INVALID' })
    await rm(partsList(archive))
    await expect(readPartsList(partsList(archive))).rejects.toMatchObject({
      code: 'SPLIT_DAMAGED',
      because: {
        en: 'the list of its parts is missing: a.tar.gz.parts.sha256',
        zh: '缺少分卷列表：a.tar.gz.parts.sha256',
      },
    })
  })

  it('takes a part of no bytes for one that is there: its hash tells', async () => {
    await writeFile(partName(archive, 1), '')
    await truncate(partName(archive, 1), 0)
    expect(await read(lines([1]), [])).toMatchObject([{ size: 0 }])
  })
})

it('is an error of integrity, whatever the reason', () => {
  expect(splitDamaged('a', { en: 'so', zh: '如此' })).toMatchObject({ code: 'SPLIT_DAMAGED', exit: 4 })
})

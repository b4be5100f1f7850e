import { mkdtemp, rm, symlink, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { checkBeside, checksumLine, readBeside, smallText } from './beside.ts'
import { signHash, signingHash } from './minisign.ts'
import { newKey } from './minisign-key.ts'

const HEX = '0123456789abcdef'.repeat(4)
const OTHER = 'f'.repeat(64)
const KEY = newKey(Buffer.alloc(32, 1), Buffer.alloc(8, 1))
const BLAKE2B = signingHash().update('archive').digest()
const signed = signHash(BLAKE2B, KEY, 'timestamp:1 file:a.tar.gz')

describe('checksumLine', () => {
  it.each([
    ['two blanks', `${HEX}  a.tar.gz\n`],
    ['a star, for binary mode', `${HEX} *a.tar.gz\n`],
    ['the BSD form', `SHA256 (a.tar.gz) = ${HEX}\n`],
    ['the hash in capitals', `${HEX.toUpperCase()}  a.tar.gz\n`],
    ['no line end', `${HEX}  a.tar.gz`],
    ['a line end of Windows', `${HEX}  a.tar.gz\r\n`],
    ['a byte order mark', `\uFEFF${HEX}  a.tar.gz\n`],
    ['a name in this folder', `${HEX}  ./a.tar.gz\n`],
    ['a name in this folder, twice', `${HEX}  .//./a.tar.gz\n`],
  ])('reads a line with %s', (_what, line) => {
    expect(checksumLine(line)).toEqual({ hex: HEX, named: 'a.tar.gz' })
  })

  it.each([
    ['nothing', ''],
    ['a hash that is short', `${HEX.slice(1)}  a.tar.gz\n`],
    ['a hash that is long', `0${HEX}  a.tar.gz\n`],
    ['no name', `${HEX}  \n`],
    ['one blank', `${HEX} a.tar.gz\n`],
    ['two lines', `${HEX}  a.tar.gz\n${HEX}  b.tar.gz\n`],
    ['a comment before', `# a\n${HEX}  a.tar.gz\n`],
    ['another algorithm', `MD5 (a.tar.gz) = ${HEX}\n`],
  ])('refuses %s', (_what, line) => {
    expect(checksumLine(line)).toBeUndefined()
  })

  it('keeps a name in a folder above, which is no name of this archive', () => {
    expect(checksumLine(`${HEX}  ../a.tar.gz\n`)?.named).toBe('../a.tar.gz')
  })
})

describe('checkBeside', () => {
  const check = (sum: string | undefined, signature: string | undefined, publicKey?: typeof KEY) =>
    checkBeside(
      '/in/a.tar.gz',
      { sum, signature },
      {
        sha256: HEX,
        blake2b: BLAKE2B.toString('hex'),
        ...(publicKey === undefined ? {} : { publicKey }),
      },
    )

  it('has nothing to say where nothing lies beside it', () => {
    const nothing = { names: [], unchecked: [], comment: undefined, problems: [] }
    expect(check(undefined, undefined, KEY)).toEqual(nothing)
  })

  it('names what agrees, with the comment of the signature', () => {
    expect(check(`${HEX}  a.tar.gz\n`, signed, KEY)).toEqual({
      names: ['a.tar.gz.sha256', 'a.tar.gz.minisig'],
      unchecked: [],
      comment: 'timestamp:1 file:a.tar.gz',
      problems: [],
    })
  })

  it('names a signature that nobody can check without a key', () => {
    expect(check(undefined, 'whatever it is')).toMatchObject({
      names: [],
      unchecked: ['a.tar.gz.minisig'],
      problems: [],
    })
  })

  it.each([
    [
      'another hash',
      `${OTHER}  a.tar.gz\n`,
      { en: `expected ${OTHER}, got ${HEX} for a.tar.gz`, zh: `a.tar.gz：期望 ${OTHER}，实际 ${HEX}` },
    ],
    [
      'another name',
      `${HEX}  b.tar.gz\n`,
      { en: 'it names b.tar.gz, not a.tar.gz', zh: '其中的文件名是 b.tar.gz，而不是 a.tar.gz' },
    ],
    [
      'no checksum',
      'sha256: yes\n',
      { en: 'it is not one line of sha256sum', zh: '不是 sha256sum 格式的一行' },
    ],
  ])('tells that the checksum has %s, with its file', (_what, sum, because) => {
    const { names, problems } = check(sum, undefined)
    expect(names).toEqual([])
    expect(problems).toMatchObject([
      {
        code: 'FILE_DAMAGED',
        what: {
          en: '/in/a.tar.gz.sha256 does not match the archive',
          zh: '/in/a.tar.gz.sha256 与离线包不符',
        },
        because,
      },
    ])
  })

  it('tells both, when neither agrees', () => {
    const strange = signHash(signingHash().update('another').digest(), KEY, 'c')
    const { names, comment, problems } = check(`${OTHER}  a.tar.gz\n`, strange, KEY)
    expect([names, comment]).toEqual([[], undefined])
    expect(problems.map(({ code }) => code)).toEqual(['FILE_DAMAGED', 'SIGNATURE_INVALID'])
  })
})

describe('a file beside an archive', () => {
  let folder: string
  let file: string
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'edgelift-beside-'))
    file = path.join(folder, 'a.tar.gz.sha256')
  })
  afterEach(() => rm(folder, { recursive: true }))

  it('is read where there is one', async () => {
    await writeFile(file, 'sum')
    expect(await readBeside(path.join(folder, 'a.tar.gz'))).toEqual({ sum: 'sum', signature: undefined })
  })

  it('is read up to its limit, and refused with its size above', async () => {
    await writeFile(file, '')
    await truncate(file, 64 * 1024)
    expect((await smallText(file))?.length).toBe(64 * 1024)
    await truncate(file, 64 * 1024 + 1)
    await expect(smallText(file)).rejects.toMatchObject({
      code: 'FILE_DAMAGED',
      because: { en: 'it has 65537 bytes', zh: '共 65537 字节' },
    })
  })

  it('is none where a link leads nowhere, and refused where it is a folder', async () => {
    await symlink('nowhere', file)
    expect(await smallText(file)).toBeUndefined()
    await expect(smallText(folder)).rejects.toMatchObject({ code: 'FILE_NOT_REGULAR' })
  })
})

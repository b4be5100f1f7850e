import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { readPublicKey, readSecretKey } from './key-files.ts'
import {
  formatPublicKey,
  formatSecretKey,
  keyName,
  newKey,
  parsePublicKey,
  parsePublicKeys,
  parseSecretKey,
} from './minisign-key.ts'

const KEY = newKey(Buffer.alloc(32, 1), Buffer.from('0102030405060708', 'hex'))
const OTHER = newKey(Buffer.alloc(32, 2), Buffer.alloc(8, 2))
const invalid = (en: string, because?: string) =>
  expect.objectContaining({
    code: 'KEY_INVALID',
    exit: 2,
    what: expect.objectContaining({ en }),
    ...(because === undefined ? {} : { because: expect.objectContaining({ en: because }) }),
  })

/** A key file whose bytes are changed in one place. */
function changed(text: string, change: (bytes: Buffer) => Buffer | undefined): string {
  const [comment = '', line = ''] = text.split('\n')
  const bytes = Buffer.from(line, 'base64')
  return `${comment}\n${(change(bytes) ?? bytes).toString('base64')}\n`
}

it('prints the id of a key as minisign does: the last byte first', () => {
  expect(keyName(KEY)).toBe('0807060504030201')
})

it('makes another key each time, and the same one of the same seed', () => {
  expect(newKey().raw).not.toEqual(newKey().raw)
  expect(newKey(KEY.seed, KEY.id)).toEqual(KEY)
})

describe('a public key', () => {
  const text = formatPublicKey(KEY)

  it.each([
    ['as it was written', text],
    ['its line alone', text.split('\n')[1] ?? ''],
    ['with blanks around', `\n  ${text.replaceAll('\n', '  \n')}\n`],
  ])('is read %s', (_what, given) => {
    expect(parsePublicKey(given, 'k.pub')).toEqual({ id: KEY.id, raw: KEY.raw })
  })

  it.each([
    ['nothing', ''],
    ['a comment', text.split('\n')[0] ?? ''],
    ['a secret key', formatSecretKey(KEY)],
    ['another algorithm', changed(text, (bytes) => void bytes.write('RS'))],
    ['a byte less', changed(text, (bytes) => bytes.subarray(1))],
    ['a byte more', changed(text, (bytes) => Buffer.concat([bytes, Buffer.alloc(1)]))],
    ['other words', 'ssh-ed25519 AAAA'],
  ])('is refused: %s', (_what, given) => {
    expect(() => parsePublicKey(given, 'k.pub')).toThrow(invalid('k.pub is not a minisign public key'))
  })

  it.each([
    ['ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA me@host', 'a key of SSH'],
    ['-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA\n-----END PUBLIC KEY-----\n', 'a key in PEM, as cosign'],
    ['-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nmQENBF\n-----END PGP PUBLIC KEY BLOCK-----\n', 'a key of PGP'],
    ['-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n', 'a certificate'],
  ])('is told from those that others sign with: %s', (other, kind) => {
    const because = expect.objectContaining({ en: expect.stringContaining(`it is ${kind}`) })
    expect(() => parsePublicKey(other, 'k')).toThrow(
      expect.objectContaining({ code: 'KEY_INVALID', because }),
    )
    expect(() => parseSecretKey(other, 'k')).toThrow(expect.objectContaining({ because }))
    expect(() => parsePublicKeys(other, 'k')).toThrow(
      expect.objectContaining({
        because: expect.objectContaining({ en: expect.stringMatching(`^line 1 is .*: it is ${kind}`) }),
      }),
    )
  })

  it('is refused where it is one of two, with the reason', () => {
    expect(() => parsePublicKey(text + formatPublicKey(OTHER), 'k.pub')).toThrow(
      invalid('k.pub is not one minisign public key', 'it has more than one line beside its comments'),
    )
  })
})

describe('several public keys in one file', () => {
  const both = `# ours\n${formatPublicKey(KEY)}\n# theirs\n${formatPublicKey(OTHER)}`

  it.each([
    ['as they were written', both],
    ['with line ends and a mark of Windows', `\uFEFF${both.replaceAll('\n', '\r\n')}`],
  ])('are read in their order, %s', (_what, text) => {
    expect(parsePublicKeys(text, 'trusted.pub').map(keyName)).toEqual([keyName(KEY), keyName(OTHER)])
  })

  it('are refused with the line that is none', () => {
    expect(() => parsePublicKeys(`${both}nonsense\n`, 'trusted.pub')).toThrow(
      expect.objectContaining({
        code: 'KEY_INVALID',
        what: { en: 'cannot read the public keys in trusted.pub', zh: '无法读取 trusted.pub 中的公钥' },
        because: { en: 'line 8 is not a minisign public key', zh: '第 8 行不是 minisign 公钥' },
      }),
    )
  })

  it.each(['', '# nobody\n'])('are refused when there is none: %j', (text) => {
    expect(() => parsePublicKeys(text, 'trusted.pub')).toThrow(
      invalid('cannot read the public keys in trusted.pub', 'it holds no key'),
    )
  })
})

describe('a secret key', () => {
  const text = formatSecretKey(KEY)

  it('is read with everything that is needed to sign', () => {
    expect(parseSecretKey(text, 'k')).toEqual(KEY)
  })

  it.each([
    ['a public key', formatPublicKey(KEY)],
    ['another algorithm', changed(text, (bytes) => void bytes.write('RS'))],
    ['a byte less', changed(text, (bytes) => bytes.subarray(1))],
    ['a seed that does not give its public half', changed(text, (bytes) => void bytes.writeUInt8(9, 70))],
    ['a public half of another key', changed(text, (bytes) => void OTHER.raw.copy(bytes, 94))],
  ])('is refused: %s', (_what, given) => {
    expect(() => parseSecretKey(given, 'k')).toThrow(invalid('k is not a minisign secret key'))
  })

  it('is refused with a password, as nobody could type one', () => {
    expect(() =>
      parseSecretKey(
        changed(text, (bytes) => void bytes.write('Sc', 2)),
        'k',
      ),
    ).toThrow(
      expect.objectContaining({
        code: 'KEY_INVALID',
        what: { en: 'k is protected by a password', zh: 'k 受密码保护' },
        fix: {
          en: expect.stringContaining('edgelift keygen'),
          zh: expect.stringContaining('edgelift keygen'),
        },
      }),
    )
  })
})

it('reads both out of files, which errors name', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'edgelift-keys-'))
  const file = path.join(folder, 'k')
  try {
    await writeFile(file, formatSecretKey(KEY))
    expect(await readSecretKey(file)).toEqual(KEY)
    await expect(readPublicKey(file)).rejects.toThrow(invalid(`${file} is not a minisign public key`))
    await writeFile(file, formatPublicKey(KEY))
    expect(keyName(await readPublicKey(file))).toBe(keyName(KEY))
    const [, line = ''] = formatPublicKey(KEY).split('\n') // as for minisign -P
    expect(keyName(await readPublicKey(line))).toBe(keyName(KEY))
    await expect(readPublicKey(line.slice(1))).rejects.toThrow(/ENOENT/)
    await expect(readSecretKey(file)).rejects.toThrow(invalid(`${file} is not a minisign secret key`))
  } finally {
    await rm(folder, { recursive: true })
  }
})

it('says which key is wanted where the other one of the pair was given', () => {
  const key = newKey()
  const told = (read: () => unknown): object => {
    try {
      read()
    } catch (error) {
      return error as object
    }
    throw new Error('it was not refused')
  }
  expect(told(() => parsePublicKey(formatSecretKey(key), 'k'))).toMatchObject({
    because: { en: 'it is a secret key', zh: '这是私钥' },
    fix: { en: expect.not.stringContaining('create a pair') },
  })
  expect(told(() => parseSecretKey(formatPublicKey(key), 'k'))).toMatchObject({
    because: { en: 'it is a public key' },
  })
  expect(told(() => parseSecretKey('x', 'k'))).toMatchObject({ because: undefined })
})

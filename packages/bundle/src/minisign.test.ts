import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { claimedSigner, isAsSigned, signatureKey, signHash, signingHash, verifyHash } from './minisign.ts'
import { formatPublicKey, formatSecretKey, newKey, parsePublicKey, parseSecretKey } from './minisign-key.ts'

// Of a fixed seed: its signatures have every letter of Base64 that the cases below change.
const key = newKey(Buffer.alloc(32, 5), Buffer.alloc(8, 5))
const hash = signingHash().update('content').digest()

it('verifies what it has signed, and gives the trusted comment back', () => {
  expect(verifyHash(hash, signHash(hash, key, 'file:x'), key, 'x')).toBe('file:x')
})

describe('a signature that does not hold', () => {
  const text = signHash(hash, key, 'file:x')
  const other = newKey(Buffer.alloc(32, 6), Buffer.from('0102030405060708', 'hex'))
  const again = signHash(hash, key, 'file:y').split('\n')
  it.each<[string, () => unknown, { en: string; zh: string }]>([
    [
      'another content',
      () => verifyHash(signingHash().update('other').digest(), text, key, 'x.minisig'),
      { en: 'the file is not the one that was signed', zh: '文件不是被签名的文件' },
    ],
    [
      'another key',
      () => verifyHash(hash, text, other, 'x.minisig'),
      {
        en: 'it was made with key 0505050505050505, the public key given is 0807060504030201',
        zh: '签名使用的密钥是 0505050505050505，而给出的公钥是 0807060504030201',
      },
    ],
    [
      'another key of the same id',
      () => verifyHash(hash, text, { ...other, id: key.id }, 'x.minisig'),
      { en: 'the file is not the one that was signed', zh: '文件不是被签名的文件' },
    ],
    [
      'a changed comment',
      () => verifyHash(hash, text.replace('file:x', 'file:y'), key, 'x.minisig'),
      { en: 'the trusted comment was changed', zh: '可信注释被修改' },
    ],
    [
      'the second signature of another comment',
      () => verifyHash(hash, text.replace(text.split('\n')[3] ?? '', again[3] ?? ''), key, 'x.minisig'),
      { en: 'the trusted comment was changed', zh: '可信注释被修改' },
    ],
    [
      'other words',
      () => verifyHash(hash, 'nonsense', key, 'x.minisig'),
      { en: 'this is not a minisign signature', zh: '这不是 minisign 签名' },
    ],
    [
      'the algorithm that does not hash first',
      () => {
        const [first, line = '', ...rest] = text.split('\n')
        const bytes = Buffer.from(line, 'base64')
        bytes.write('Ed')
        return verifyHash(hash, [first, bytes.toString('base64'), ...rest].join('\n'), key, 'x.minisig')
      },
      { en: 'the signature is of the old, not prehashed kind', zh: '签名为旧的非预哈希格式' },
    ],
  ])('tells %s', (_what, check, because) => {
    expect(check).toThrow(
      expect.objectContaining({
        code: 'SIGNATURE_INVALID',
        exit: 4,
        what: { en: 'x.minisig: the signature does not hold', zh: 'x.minisig：签名无效' },
        because,
      }),
    )
  })
})

it('gives the same signature of the same file, key and comment', () => {
  expect(signHash(hash, key, 'file:x')).toBe(signHash(hash, key, 'file:x'))
})

it('tells who a signature says that it is of, without believing it', () => {
  const text = signHash(hash, key, 'file:x')
  expect(claimedSigner(text)).toEqual({ key: '0505050505050505', comment: 'file:x' })
  expect(claimedSigner(text.replaceAll('\n', '\r\n'))).toEqual({ key: '0505050505050505', comment: 'file:x' })
  expect(signatureKey(text)).toEqual(key.id)
  for (const none of ['', 'nonsense\nAAAA\n', text.replace('trusted comment: file', 'comment: file')])
    expect(claimedSigner(none), none).toBeUndefined()
})

it('knows a text that it wrote from one that says the same', () => {
  const text = signHash(hash, key, 'file:x')
  expect(isAsSigned(text, key)).toBe(true)
  for (const other of [
    `${text}\n`,
    text.replace('secret key', 'key'),
    text.slice(0, -1),
    text.replace('\n', '\r\n'),
  ])
    expect(isAsSigned(other, key), other).toBe(false)
})

it('accepts no text that minisign refuses', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'edgelift-minisign-'))
  const at = (name: string) => path.join(folder, name)
  const text = signHash(hash, key, 'file:f')
  const [first = '', line = '', comment = '', global = ''] = text.split('\n')
  const changed = {
    'no label of the first line': text.replace('untrusted comment: ', ''),
    'a byte order mark': `\ufeff${text}`,
    'spaces in the signature': text.replace(line, line.replace(/.{8}/g, '$& ')),
    'the alphabet for URLs': text.replaceAll('+', '-').replaceAll('/', '_'),
    'no padding': text.replace(/=+$/gm, ''),
    'a signature and more on its line': text.replace(line, `${line}AAAA`),
    'the second signature cut': text.replace(global, global.slice(0, -8)),
    'the old algorithm': text.replace(line, `RW${line.slice(2)}`),
    'lines exchanged': [line, first, comment, global, ''].join('\n'),
  }
  try {
    writeFileSync(at('f'), 'content')
    writeFileSync(at('k.pub'), formatPublicKey(key))
    for (const [name, other] of Object.entries(changed)) {
      expect(other, name).not.toBe(text)
      writeFileSync(at('f.minisig'), other)
      const args = ['-V', '-p', at('k.pub'), '-m', at('f')]
      expect(() => execFileSync('minisign', args, { stdio: 'pipe' }), name).toThrow()
      expect(() => verifyHash(hash, other, key, 'x'), name).toThrow(
        expect.objectContaining({ code: 'SIGNATURE_INVALID' }),
      )
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
})

it('and minisign understand each other', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'edgelift-minisign-'))
  const at = (name: string) => path.join(folder, name)
  const minisign = (...args: string[]) => execFileSync('minisign', args, { encoding: 'utf8' })
  try {
    writeFileSync(at('f'), 'content')
    writeFileSync(at('k'), formatSecretKey(key))
    writeFileSync(at('k.pub'), formatPublicKey(key))
    writeFileSync(at('f.minisig'), signHash(hash, key, 'file:f'))
    expect(minisign('-V', '-p', at('k.pub'), '-m', at('f'))).toContain('file:f')
    minisign('-S', '-s', at('k'), '-m', at('f'), '-x', at('theirs'), '-t', 'by minisign')
    expect(verifyHash(hash, readFileSync(at('theirs'), 'utf8'), key, 'theirs')).toBe('by minisign')
    minisign('-G', '-W', '-p', at('g.pub'), '-s', at('g'))
    expect(parseSecretKey(readFileSync(at('g'), 'utf8'), 'g').raw).toEqual(
      parsePublicKey(readFileSync(at('g.pub'), 'utf8'), 'g.pub').raw,
    )
  } finally {
    rmSync(folder, { recursive: true })
  }
})

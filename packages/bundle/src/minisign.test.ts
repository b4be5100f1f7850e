import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, it } from 'vitest'
import {
  formatPublicKey,
  formatSecretKey,
  newKey,
  parsePublicKey,
  parseSecretKey,
  signHash,
  signingHash,
  verifyHash,
} from './minisign.ts'

const key = newKey()
const hash = signingHash().update('content').digest()

it('verifies what it has signed, and gives the trusted comment back', () => {
  expect(verifyHash(hash, signHash(hash, key, 'file:x'), key, 'x')).toBe('file:x')
})

it('refuses another content, another key and a changed comment', () => {
  const text = signHash(hash, key, 'file:x')
  const refused = expect.objectContaining({ code: 'SIGNATURE_INVALID' })
  expect(() => verifyHash(signingHash().update('other').digest(), text, key, 'x')).toThrow(refused)
  expect(() => verifyHash(hash, text, newKey(), 'x')).toThrow(refused)
  expect(() => verifyHash(hash, text.replace('file:x', 'file:y'), key, 'x')).toThrow(refused)
  expect(() => verifyHash(hash, 'nonsense', key, 'x')).toThrow(refused)
})

it('reads back its own key files and refuses others', () => {
  expect(parseSecretKey(formatSecretKey(key), 'k').raw).toEqual(key.raw)
  expect(parsePublicKey(formatPublicKey(key), 'k.pub').id).toEqual(key.id)
  expect(() => parseSecretKey(formatPublicKey(key), 'k')).toThrow(
    expect.objectContaining({ code: 'KEY_INVALID' }),
  )
})

it('says that a file holds several keys', () => {
  expect(() => parsePublicKey(formatPublicKey(key) + formatPublicKey(newKey()), 'trusted.pub')).toThrow(
    expect.objectContaining({ what: expect.objectContaining({ en: expect.stringContaining('not one') }) }),
  )
})

it('reads key files as Windows editors leave them', () => {
  const edited = `\ufeff${formatPublicKey(key).replaceAll('\n', '\r\n')}`
  expect(parsePublicKey(edited, 'k.pub').id).toEqual(key.id)
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

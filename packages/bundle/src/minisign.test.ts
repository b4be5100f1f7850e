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

it('reads key files as Windows editors leave them', () => {
  const edited = `\ufeff${formatPublicKey(key).replaceAll('\n', '\r\n')}`
  expect(parsePublicKey(edited, 'k.pub').id).toEqual(key.id)
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

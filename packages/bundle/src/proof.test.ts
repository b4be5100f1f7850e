import { expect, it } from 'vitest'
import { proofOf } from './proof.ts'
import type { Verified } from './records.ts'

const verified = (changes: Partial<Verified>): Verified =>
  ({
    signature: 'none',
    besideChecked: [],
    besideUnchecked: [],
    edited: [],
    problems: [],
    ...changes,
  }) as unknown as Verified

it('leaves open who built what is not signed, or whose signature nobody checked', () => {
  expect(proofOf(verified({}), false).open?.en).toContain('not signed')
  expect(proofOf(verified({ signature: 'unchecked' }), false).open?.en).toContain('--pubkey')
})

it('names the signer with the trusted comment, and what lay beside', () => {
  const signer = { key: 'AB', comment: 'release 1' }
  const proof = proofOf(verified({ signature: 'valid', signer, besideChecked: ['x.tar.gz.sha256'] }), false)
  expect(proof.proved.en).toContain('signed with key AB: "release 1"')
  expect(proof.proved.en).toContain('x.tar.gz.sha256')
  expect(proof.open).toBeUndefined()
})

it('says when it was signed, by the signer', () => {
  const signer = { key: 'AB', comment: 'a', archiveComment: 'a.tar.gz release:a-1 timestamp:1764304200' }
  const proof = proofOf(verified({ signature: 'valid', signer }), false)
  expect(proof.proved.en).toContain('signed with key AB on 2025-11-28T04:30:00Z')
})

it('names a signature beside an archive that nobody checked', () => {
  expect(proofOf(verified({ besideUnchecked: ['x.minisig'] }), false).open?.en).toContain('x.minisig')
})

it('asks once for the key of all signatures', () => {
  const { open } = proofOf(
    verified({ signature: 'unchecked', besideUnchecked: ['a.minisig', 'b.minisig'] }),
    false,
  )
  expect(open).toEqual({
    en: 'who built it: give --pubkey FILE to check SHA256SUMS.minisig, a.minisig, b.minisig',
    zh: '构建者身份：请用 --pubkey 文件 校验 SHA256SUMS.minisig、a.minisig、b.minisig',
  })
})

it('names edited settings', () => {
  expect(proofOf(verified({ edited: ['install.yaml'] }), true).open?.zh).toContain('install.yaml')
})

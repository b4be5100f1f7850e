import { expect, it } from 'vitest'
import { proofOf } from './proof.ts'
import type { Verified } from './records.ts'

const verified = (changes: Partial<Verified>): Verified =>
  ({ signature: 'none', besideChecked: [], edited: [], problems: [], ...changes }) as unknown as Verified

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

it('names edited settings', () => {
  expect(proofOf(verified({ edited: ['install.yaml'] }), true).open?.zh).toContain('install.yaml')
})

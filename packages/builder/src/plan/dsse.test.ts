import { createPublicKey } from 'node:crypto'
import { newKey } from '@edgelift/bundle'
import { bundleFromJSON } from '@sigstore/bundle'
import { toSignedEntity, toTrustMaterial, Verifier } from '@sigstore/verify'
import { expect, it } from 'vitest'
import { sampleInstaller, sampleLock, sampleRelease } from '../testing/sample.ts'
import { envelopeFile } from './dsse.ts'
import { planArchives } from './plan-archives.ts'

const key = newKey(Buffer.alloc(32, 7))
const other = newKey(Buffer.alloc(32, 8))

/** Verifies as sigstore's tools do, with a public key in place of certificates. */
function verify(envelope: string, raw: Buffer): void {
  const dsseEnvelope = JSON.parse(envelope) as { signatures: { keyid: string }[] }
  const publicKey = createPublicKey({
    key: { kty: 'OKP', crv: 'Ed25519', x: raw.toString('base64url') },
    format: 'jwk',
  })
  const bundle = bundleFromJSON({
    mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
    verificationMaterial: { publicKey: { hint: 'x' }, tlogEntries: [] },
    dsseEnvelope,
  })
  const root = { mediaType: '', tlogs: [], certificateAuthorities: [], ctlogs: [], timestampAuthorities: [] }
  const trust = toTrustMaterial(root, () => ({ publicKey, validFor: () => true }))
  new Verifier(trust, { tlogThreshold: 0, ctlogThreshold: 0, timestampThreshold: 0 }).verify(
    toSignedEntity(bundle),
  )
}

it('signs a statement so that sigstore accepts it, and nothing else', () => {
  const envelope = envelopeFile('{"_type":"https://in-toto.io/Statement/v1"}\n', key)
  verify(envelope, key.raw)
  expect(() => verify(envelope, other.raw)).toThrow('signature verification failed')
  const parsed = JSON.parse(envelope) as { payload: string }
  const changed = { ...parsed, payload: Buffer.from('{}').toString('base64') }
  expect(() => verify(JSON.stringify(changed), key.raw)).toThrow('signature verification failed')
})

it('lies in a signed archive, over its provenance, and not in others', () => {
  const input = { release: sampleRelease, lock: sampleLock, installer: sampleInstaller }
  const wanted = { roles: ['edge'], platforms: ['linux/amd64'] } as const
  const text = (name: string, plans = planArchives({ ...input, key }, wanted)) => {
    const content = plans[0]?.entries.find((entry) => entry.path === name)?.content
    return content?.kind === 'bytes' ? Buffer.from(content.bytes).toString() : undefined
  }
  const envelope = text('provenance.dsse.json') ?? ''
  verify(envelope, key.raw)
  const { payload } = JSON.parse(envelope) as { payload: string }
  expect(Buffer.from(payload, 'base64').toString()).toBe(text('provenance.json'))
  expect(text('provenance.dsse.json', planArchives(input, wanted))).toBeUndefined()
})

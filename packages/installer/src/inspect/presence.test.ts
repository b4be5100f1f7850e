import { createHash, X509Certificate } from 'node:crypto'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { EDGE_CA, EDGE_CERTIFICATE } from '../kubeedge/edgecore-config.ts'
import { certificatePair, certificatePem } from '../testing/certificate.ts'
import { type Trial, trial } from '../testing/trial.ts'
import { presenceFacts } from './presence.ts'

let on: Trial
beforeEach(async () => {
  on = await trial()
})
afterEach(() => on[Symbol.asyncDispose]())

it('finds nothing on a bare machine', async () => {
  const { units, files, cni, joined, joinedCa, certificateEnds } = await presenceFacts(on.host)
  expect(new Set(Object.values(units))).toEqual(new Set(['absent']))
  expect(Object.values(files)).not.toContain(true)
  expect([cni, joined, joinedCa, certificateEnds]).toEqual([[], false, undefined, undefined])
})

it('tells an edge that has joined, by its certificate, its cloud and its end', async () => {
  const ends = new Date('2030-01-02T03:04:05Z')
  await on.put(EDGE_CERTIFICATE, certificatePem(new Date('2026-01-01'), ends))
  const { certificate } = certificatePair('cloud')
  await on.put(EDGE_CA, certificate)
  const hash = createHash('sha256').update(new X509Certificate(certificate).raw).digest('hex')
  expect(await presenceFacts(on.host)).toMatchObject({
    joined: true,
    joinedCa: hash,
    certificateEnds: ends.getTime(),
  })
})

it('takes a CA that cannot be read for none', async () => {
  await on.put(EDGE_CA, 'half of a certifi')
  expect((await presenceFacts(on.host)).joinedCa).toBeUndefined()
})

it('names networks of others by their files', async () => {
  await on.put('/etc/cni/net.d/10-theirs.conflist')
  expect((await presenceFacts(on.host)).cni).toContain('10-theirs.conflist')
})

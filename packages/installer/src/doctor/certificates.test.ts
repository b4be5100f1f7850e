import { utimes } from 'node:fs/promises'
import path from 'node:path'
import { same } from '@edgelift/core'
import { expect, it } from 'vitest'
import type { Place } from '../kube/access.ts'
import { EDGE_CERTIFICATE } from '../kubeedge/edgecore-config.ts'
import type { Receipt } from '../state/receipt.ts'
import { certificatePair } from '../testing/certificate.ts'
import { trial } from '../testing/trial.ts'
import { certificateDiagnoses, certificateDiagnosis } from './certificates.ts'
import { withConsequences } from './consequences.ts'

const NOW = Date.UTC(2026, 0, 1)
const inDays = (days: number, name: 'edgecore' | 'k3s' | 'join-token' = 'k3s') =>
  certificateDiagnosis({ name, place: '/x.crt', ends: NOW + days * 86_400_000 }, NOW)

it('finds an end from 60 days on, the nearer the graver, and one that has passed', () => {
  expect(inDays(61)).toEqual([])
  expect(inDays(60)).toMatchObject([
    { code: 'CERTIFICATE_ENDS', severity: 'note', seen: { en: expect.stringContaining('60 days') } },
  ])
  expect(inDays(30)).toMatchObject([{ code: 'CERTIFICATE_ENDS', severity: 'warning' }])
  expect(inDays(0)).toMatchObject([
    { code: 'CERTIFICATE_EXPIRED', severity: 'error', fix: { en: expect.stringContaining('renew') } },
  ])
})

it("does not count a join token's end, which comes every day", () => {
  expect(inDays(1, 'join-token')).toEqual([])
})

it('has an edge renew before the end, and join again after it', () => {
  expect(inDays(20, 'edgecore')[0]?.fix.en).toContain('renew')
  expect(inDays(-1, 'edgecore')[0]?.fix.en).toContain('token --join')
})

it('says for how long it is over, and to look at the date first: what is renewed under a wrong clock is not valid after', () => {
  expect(inDays(-2)[0]).toMatchObject({
    overFor: 2 * 86_400_000,
    fix: { en: expect.stringContaining('2026-01-01') },
  })
})

it("names an edge's certificate that is missing or damaged, with the way to another one", async () => {
  await using on = await trial()
  const receipt = { role: 'edge', completed: 'x' } as unknown as Receipt
  const found = () => certificateDiagnoses({ host: on.host } as Place, receipt)
  const damaged = { code: 'CERTIFICATE_DAMAGED', fix: { en: expect.stringContaining('token --join') } }
  expect(await found()).toMatchObject([damaged])
  await on.put(EDGE_CERTIFICATE, '-----BEGIN CERTIFICATE-----\nMIIB')
  expect(await found()).toMatchObject([damaged])
  await on.put(EDGE_CERTIFICATE, certificatePair('system:node:edge-1').certificate)
  expect((await found()).map(({ code }) => code)).not.toContain('CERTIFICATE_DAMAGED')
})

it('names the files of K3s that a power loss has left empty, as what keeps it from starting', async () => {
  await using on = await trial()
  const receipt = { role: 'cloud', completed: 'x' } as unknown as Receipt
  const file = '/var/lib/rancher/k3s/server/tls/service.key'
  await on.put(file)
  await utimes(path.join(on.root, file), 0, 0)
  const manifest = { files: [] }
  const found = await certificateDiagnoses(
    { host: on.host, manifest, directory: '/x' } as unknown as Place,
    receipt,
  )
  const down = { code: 'UNIT_DOWN', seen: same('x'), cause: same('x'), fix: same('x') } as const
  expect(withConsequences([down, ...found])).toMatchObject([
    { code: 'CERTIFICATE_DAMAGED', seen: { en: expect.stringContaining(file) } },
    { code: 'UNIT_DOWN', consequenceOf: 'CERTIFICATE_DAMAGED' },
  ])
})

import type { BundleManifest } from '@edgelift/bundle'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { EDGE_CERTIFICATE } from '../kubeedge/edgecore-config.ts'
import { receiptFor } from '../state/host-changes.ts'
import type { Receipt } from '../state/receipt.ts'
import { certificatePem } from '../testing/certificate.ts'
import { BASELINE, HEAD, type Trial, trial } from '../testing/trial.ts'
import { certificateEnds, damagedCertificates, stageOf, unreadCertificate } from './certificates.ts'

const DAY = 86_400_000
const TLS = '/var/lib/rancher/k3s/server/tls'
const SECRETS = '/usr/local/bin/k3s kubectl --kubeconfig /etc/rancher/k3s/k3s.yaml -n kubeedge get secret'
const NOW = Math.floor(Date.now() / 1000) * 1000
const pem = (days: number) => certificatePem(new Date(NOW - DAY), new Date(NOW + days * DAY))
const base64 = (text: string) => Buffer.from(text).toString('base64')

let on: Trial
beforeEach(async () => {
  on = await trial()
})
afterEach(() => on[Symbol.asyncDispose]())

function ends(more: Partial<Receipt>) {
  const place = { host: on.host, directory: '/data/archive', manifest: {} as BundleManifest }
  return certificateEnds(place, { ...receiptFor(HEAD, undefined, BASELINE), ...more })
}

/** The Secrets of a CloudCore, by name. */
function secrets(data: Readonly<Record<string, Readonly<Record<string, string>>>>) {
  const items = Object.entries(data).map(([name, one]) => ({ metadata: { name }, data: one }))
  on.script(SECRETS, JSON.stringify({ items }))
}

describe('a cloud', () => {
  const token = (exp: number) => {
    const claims = Buffer.from(JSON.stringify({ exp })).toString('base64url')
    return base64(`${'a'.repeat(64)}.e30.${claims}.x`)
  }
  const CLOUDCORE = {
    cloudcoresecret: { cloudcoredata: base64(pem(300)) },
    cloudcore: { 'stream.crt': base64(pem(200)) },
    casecret: { cadata: base64(pem(3000)) },
    tokensecret: { tokendata: token(NOW / 1000 + 3600) },
  }

  it('tells the first end of K3s’ certificates and of its authorities, and those of CloudCore, its token among them', async () => {
    await on.put(`${TLS}/client-admin.crt`, pem(100))
    await on.put(`${TLS}/serving-kube-apiserver.crt`, pem(40))
    await on.put(`${TLS}/server-ca.crt`, pem(3600))
    await on.put(`${TLS}/client-ca.crt`, pem(3500))
    secrets(CLOUDCORE)
    const found = await ends({ role: 'cloud' })
    expect(
      found.map(({ name, place, ends: at }) => [name, place, Math.round((at - NOW) / 3_600_000)]),
    ).toEqual([
      ['k3s', `${TLS}/serving-kube-apiserver.crt`, 40 * 24],
      ['k3s-ca', `${TLS}/client-ca.crt`, 3500 * 24],
      ['cloudhub', 'Secret kubeedge/cloudcoresecret', 300 * 24],
      ['cloudstream', 'Secret kubeedge/cloudcore', 200 * 24],
      ['kubeedge-ca', 'Secret kubeedge/casecret', 3000 * 24],
      ['join-token', 'Secret kubeedge/tokensecret', 1],
    ])
  })

  it('leaves out what is missing or no certificate, and all of CloudCore’s while the API does not respond', async () => {
    const { casecret } = CLOUDCORE
    secrets({
      casecret,
      cloudcore: { 'stream.crt': base64('power loss') },
      tokensecret: { tokendata: base64('x') },
    })
    expect((await ends({ role: 'cloud' })).map(({ name }) => name)).toEqual(['kubeedge-ca'])
    on.script(SECRETS, { code: 1, stderr: 'connection refused' })
    expect(await ends({ role: 'cloud' })).toEqual([])
  })

  it('of others has certificates of K3s that are not edgelift’s affair', async () => {
    await on.put(`${TLS}/client-admin.crt`, pem(1))
    await on.put(`${TLS}/damaged.crt`)
    const only = { role: 'cloud', kubeEdgeOnly: { kubeconfig: '/root/kubeconfig' } } as const
    await on.put('/usr/bin/kubectl')
    on.script(
      '/usr/bin/kubectl --kubeconfig /root/kubeconfig -n kubeedge get secret',
      JSON.stringify({ items: [] }),
    )
    expect(await ends(only)).toEqual([])
    expect(await damagedCertificates(on.host, only)).toEqual([])
  })
})

it('an edge has EdgeCore’s alone, where it can be read', async () => {
  expect(await ends({ role: 'edge' })).toEqual([])
  await on.put(EDGE_CERTIFICATE, pem(20))
  expect(await ends({ role: 'edge' })).toEqual([
    { name: 'edgecore', place: EDGE_CERTIFICATE, ends: NOW + 20 * DAY },
  ])
  await on.put(EDGE_CERTIFICATE, 'power loss')
  expect(await ends({ role: 'edge' })).toEqual([])
})

it.each([
  [61, undefined],
  [60, 60],
  [31, 60],
  [30, 30],
  [0.1, 30],
  [0, 0],
  [-5, 0],
] as const)(
  '%f days before its end a certificate is at stage %s, and a join token at none',
  (days, stage) => {
    const at = (name: 'k3s' | 'join-token') => stageOf({ name, place: 'x', ends: NOW + days * DAY }, NOW)
    expect([at('k3s'), at('join-token')]).toEqual([stage, undefined])
  },
)

it.each([
  ['edge', '2026-11-01T00:00:00Z', [], 'edgecore'],
  ['cloud', '2026-11-01T00:00:00Z', ['k3s', 'cloudstream'], 'cloudhub'],
  ['cloud', '2026-11-01T00:00:00Z', ['cloudhub'], undefined],
  ['edge', undefined, [], undefined],
] as const)(
  'names the certificate by which edges are connected where it was not read: %s, %s, %j',
  (role, completed, names, expected) => {
    const found = names.map((name) => ({ name, place: 'x', ends: NOW }))
    expect(unreadCertificate({ role, ...(completed ? { completed } : {}) }, found)).toBe(expected)
  },
)

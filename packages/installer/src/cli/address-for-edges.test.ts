import { expect, it } from 'vitest'
import type { Cluster } from '../kube/kubectl.ts'
import { HUB_CERTIFICATE } from '../kubeedge/hub-certificate.sample.ts'
import { addressForEdges } from './address-for-edges.ts'

const cluster: Cluster = {
  host: {
    root: '/',
    env: {},
    now: Date.now,
    exec: async () => ({ code: 0, stdout: HUB_CERTIFICATE, stderr: '' }),
  },
  kubectl: ['kubectl'],
  kubeconfig: '/k',
}
const facts = {
  ownAddresses: [
    { address: '203.0.113.252', device: 'defroute', unfit: 'documentation' as const },
    { address: '10.77.0.1', device: 'eth0', unfit: undefined },
  ],
  defaultRoute: { device: 'defroute', address: '203.0.113.252' },
}

it('is the first that edges can dial and that the certificate covers', async () => {
  expect(await addressForEdges(cluster, './install.sh', ['203.0.113.252', '10.77.0.1'], facts)).toBe(
    '10.77.0.1',
  )
  expect(await addressForEdges(cluster, './install.sh', ['cloud.example'], facts)).toBe('cloud.example')
})

it.each([
  ['nobody can dial it', ['203.0.113.252']],
  ['the certificate is for others', ['10.77.0.9']],
  ['the certificate is for other names', ['other.example']],
])('is refused with the way out when %s', async (_why, advertised) => {
  await expect(
    addressForEdges(cluster, './install-kubeedge-only.sh', advertised, facts),
  ).rejects.toMatchObject({
    code: 'CLOUD_ADDRESS_UNUSABLE',
    fix: {
      en: expect.stringMatching(/^run \.\/install-kubeedge-only\.sh --advertise-addresses (10\.77|other)/),
    },
  })
})

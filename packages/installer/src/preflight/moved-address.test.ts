import { expect, it } from 'vitest'
import type { Facts } from '../node/facts.ts'
import { CloudSettings } from '../settings/schema.ts'
import { movedAddress, movedFrom } from './moved-address.ts'
import { cloud, edge, facts as sample } from './preflight.sample.ts'

const facts = {
  ...sample,
  ownAddresses: [{ address: '10.77.0.9', device: 'eth0', unfit: undefined }],
} as Facts
const said = (advertiseAddresses: string[]) => ({
  role: 'cloud' as const,
  ...CloudSettings.parse({ advertiseAddresses }),
})

it('says on the cloud the very command for its edges when an address is not advertised any more', () => {
  const [finding] = movedAddress(['10.77.0.1'], cloud, facts)
  expect(finding).toMatchObject({ code: 'CLOUD_ADDRESS_MOVED', severity: 'warning' })
  expect(finding?.fix.en).toContain('sudo ./install.sh --yes --cloud 10.77.0.9')
  expect(finding?.fix.zh).toContain('sudo ./install.sh --yes --cloud 10.77.0.9')
  expect(movedAddress(['10.77.0.1', 'x.org'], said(['x.org']), facts)[0]?.fix.en).toContain('--cloud x.org')
})

it('says nothing where every former address is still advertised, or was none that an edge could use', () => {
  expect(movedFrom(['10.77.0.1', '10.77.0.1'], cloud, facts)).toEqual(['10.77.0.1'])
  expect(movedFrom([], cloud, facts)).toEqual([])
  expect(movedFrom(['10.77.0.9', '203.0.113.254'], cloud, facts)).toEqual([])
  expect(movedFrom(['10.77.0.9'], said(['10.77.0.9', 'x.org']), facts)).toEqual([])
  expect(movedFrom(['10.77.0.1'], edge, facts)).toEqual([])
  expect(movedAddress([], cloud, facts)).toEqual([])
})

import { expect, it } from 'vitest'
import { nodeAddresses, type OwnAddress } from './own-addresses.ts'

const eth0: OwnAddress = { address: '10.0.0.1', device: 'eth0', unfit: undefined }
const eth1: OwnAddress = { address: '10.1.0.1', device: 'eth1', unfit: undefined }
const out = (one: OwnAddress): OwnAddress => ({ ...one, unfit: 'no-carrier' })
const defaultRoute = { device: 'eth0', address: '10.0.0.1' }

const cases: [string, OwnAddress[], { laid?: string; towards?: string; isNew?: boolean }, string[]][] = [
  ['a new machine, by its default route', [eth1, eth0], { isNew: true }, ['10.0.0.1', '10.1.0.1']],
  ['a new machine whose cable is out', [out(eth0)], { isNew: true }, []],
  ['what leads to the cloud', [eth0, eth1], { towards: '10.1.0.1', isNew: true }, ['10.1.0.1', '10.0.0.1']],
  ['what it was installed with', [eth0, eth1], { laid: '10.1.0.1' }, ['10.1.0.1', '10.0.0.1']],
  ['the same with its cable out', [eth0, out(eth1)], { laid: '10.1.0.1' }, ['10.1.0.1', '10.0.0.1']],
  ['another cable that is out', [eth0, out(eth1)], { laid: '10.0.0.1' }, ['10.0.0.1']],
  ['an address that is gone', [eth0], { laid: '10.1.0.1' }, ['10.0.0.1']],
  ['all cables out', [out(eth0), out(eth1)], { laid: '10.1.0.1' }, ['10.1.0.1', '10.0.0.1']],
  ['a receipt that does not say, all cables out', [out(eth0)], {}, ['10.0.0.1']],
  [
    'another way to the cloud',
    [eth0, eth1],
    { laid: '10.1.0.1', towards: '10.0.0.1' },
    ['10.0.0.1', '10.1.0.1'],
  ],
]

it.each(cases)("a node's own address: %s", (_, ownAddresses, { laid, towards, isNew = false }, expected) => {
  const installed = isNew ? undefined : { nodeIp: laid }
  const found = nodeAddresses({ ownAddresses, defaultRoute, installed }, towards)
  expect(found.map(({ address }) => address)).toEqual(expected)
})

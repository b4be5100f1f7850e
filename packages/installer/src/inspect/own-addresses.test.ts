import { describe, expect, it } from 'vitest'
import {
  dialableAddresses,
  formatOwnAddress,
  ownAddresses,
  parseLinks,
  unfitness,
} from '../node/own-addresses.ts'
import { parseAddresses } from './network.ts'

const LINKS = [
  '1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 state UNKNOWN \\    link/loopback 00:00:00:00:00:00 promiscuity 0',
  '2: eth0@if9: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 state UP \\    link/ether 02:00:00:00:00:01 \\    veth addrgenmode eui64',
  '3: eth1: <NO-CARRIER,BROADCAST,MULTICAST,UP> mtu 1500 state DOWN \\    link/ether 02:00:00:00:00:02',
  '4: defroute: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 state UNKNOWN \\    link/ether 02:00:00:00:00:03 \\    bridge forward_delay 1500',
  '5: dummy0: <BROADCAST,NOARP,UP,LOWER_UP> mtu 1500 state UNKNOWN \\    link/ether 02:00:00:00:00:04 \\    dummy addrgenmode eui64',
  '6: br0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 state UP \\    link/ether 02:00:00:00:00:05 \\    bridge forward_delay 1500',
  '7: eth2: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 master br0 state UP \\    link/ether 02:00:00:00:00:05 \\    bridge_slave state forwarding',
  '8: cni0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1450 state UP \\    link/ether 02:00:00:00:00:06 \\    bridge forward_delay 1500',
  '9: veth1@if2: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1450 master cni0 state UP \\    link/ether 02:00:00:00:00:07 \\    veth \\    bridge_slave state forwarding',
].join('\n')
const ADDRESSES = [
  '1: lo    inet 127.0.0.1/8 scope host lo',
  '2: eth0    inet 10.77.0.1/24 scope global eth0',
  '2: eth0    inet6 fe80::1/64 scope link',
  '2: eth0    inet6 fd00::1/64 scope global',
  '3: eth1    inet 192.168.7.1/24 scope global eth1',
  '4: defroute    inet 203.0.113.254/31 scope global defroute',
  '4: defroute    inet 10.9.9.9/31 scope global defroute',
  '5: dummy0    inet 10.255.0.1/32 scope global dummy0',
  '6: br0    inet 192.168.1.5/24 scope global br0',
  '8: cni0    inet 10.42.0.1/24 scope global cni0',
].join('\n')
const own = ownAddresses(parseAddresses(ADDRESSES), parseLinks(LINKS))

describe('the addresses of this machine', () => {
  it('knows of each whether others can dial it', () => {
    expect(Object.fromEntries(own.map(({ address, unfit }) => [address, unfit ?? 'fit']))).toEqual({
      '127.0.0.1': 'loopback',
      '10.77.0.1': 'fit',
      'fe80::1': 'link-local',
      'fd00::1': 'fit',
      '192.168.7.1': 'no-carrier',
      '203.0.113.254': 'documentation',
      '10.9.9.9': 'no-ports',
      '10.255.0.1': 'dummy',
      '192.168.1.5': 'fit',
      '10.42.0.1': 'container-bridge',
    })
  })

  it('proposes that of the default route, unless nobody can dial it', () => {
    const over = (device: string, address: string) =>
      dialableAddresses({ ownAddresses: own, defaultRoute: { device, address } }).map((one) => one.address)
    expect(over('br0', '192.168.1.5')).toEqual(['192.168.1.5', '10.77.0.1'])
    expect(over('defroute', '203.0.113.254')).toEqual(['10.77.0.1', '192.168.1.5'])
  })

  it('says why, also of an address of another machine', () => {
    expect(own.map((one) => formatOwnAddress(one).en)).toContain(
      '10.9.9.9 (defroute: a bridge without ports)',
    )
    for (const address of [
      '192.0.2.1',
      '198.51.100.1',
      '203.0.113.1',
      '2001:db8::1',
      '127.0.0.2',
      '169.254.1.1',
    ])
      expect(unfitness(own, address)).toBeDefined()
    for (const address of ['10.0.0.1', '2001:4860::1', '192.0.3.1', 'cloud.example'])
      expect(unfitness(own, address)).toBeUndefined()
  })

  it('trusts a link of which iproute2 says nothing', () => {
    expect(ownAddresses([{ address: '10.0.0.1', device: 'eth7' }], [])).toMatchObject([{ unfit: undefined }])
  })
})

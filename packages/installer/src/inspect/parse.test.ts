import { expect, it } from 'vitest'
import { dropsInput } from './firewall.ts'
import { parseCgroups, parseIptables } from './kernel.ts'
import { parseAddresses, parseDefaultRoute, parseNameservers, parseSockets } from './network.ts'
import { parseUnits } from './presence.ts'

const ADDRESSES = `1: lo    inet 127.0.0.1/8 scope host lo\\       valid_lft forever preferred_lft forever
2: eth0    inet 10.77.0.2/24 brd 10.77.0.255 scope global eth0\\       valid_lft forever
2: eth0    inet6 fe80::1/64 scope link \\       valid_lft forever preferred_lft forever`

it('finds addresses and the one of the default route', () => {
  const addresses = parseAddresses(ADDRESSES)
  expect(addresses.map(({ address }) => address)).toEqual(['127.0.0.1', '10.77.0.2', 'fe80::1'])
  expect(parseDefaultRoute('default via 10.77.0.1 dev eth0 metric 100', addresses)).toEqual({
    device: 'eth0',
    address: '10.77.0.2',
  })
  expect(parseDefaultRoute('default via 10.0.0.1 dev eth1 src 10.0.0.9', addresses)?.address).toBe('10.0.0.9')
  expect(parseDefaultRoute('', addresses)).toBeUndefined()
  expect(parseDefaultRoute('unreachable default metric 1', addresses)).toBeUndefined()
})

it('finds a default route over several ways', () => {
  const ways = '\tnexthop via 10.77.0.1 dev eth0 weight 1 \n\tnexthop via 10.78.0.1 dev eth1 weight 1 '
  const route = parseDefaultRoute(`default proto static metric 100 \n${ways}\n`, parseAddresses(ADDRESSES))
  expect(route).toEqual({ device: 'eth0', address: '10.77.0.2' })
})

it('finds nameservers and leaves comments out', () => {
  expect(parseNameservers('# nameserver 1.1.1.1\nnameserver 10.0.0.1\nsearch x\n nameserver ::1')).toEqual([
    '10.0.0.1',
    '::1',
  ])
})

it('finds who listens where', () => {
  const text = `tcp LISTEN 0 4096 127.0.0.53%lo:53 0.0.0.0:* users:(("systemd-resolve",pid=1,fd=2))
tcp LISTEN 0 128 [::]:6443 [::]:*
udp UNCONN 0 0 *:10001 *:*`
  expect(parseSockets(text)).toEqual([
    { protocol: 'tcp', address: '127.0.0.53', port: 53, program: 'systemd-resolve' },
    { protocol: 'tcp', address: '::', port: 6443, program: undefined },
    { protocol: 'udp', address: '*', port: 10001, program: undefined },
  ])
})

it('tells iptables over nft from the legacy one', () => {
  expect(parseIptables('iptables v1.8.9 (nf_tables)')).toEqual({ version: '1.8.9', backend: 'nft' })
  expect(parseIptables('iptables v1.6.1')).toEqual({ version: '1.6.1', backend: 'legacy' })
  expect(parseIptables(undefined)).toBeUndefined()
})

it('reads the controllers of both cgroup versions', () => {
  expect(parseCgroups('cpuset cpu memory\n', undefined)).toEqual({
    version: 2,
    controllers: ['cpuset', 'cpu', 'memory'],
  })
  const v1 = '#subsys_name\thierarchy\tnum_cgroups\tenabled\ncpu\t1\t1\t1\nmemory\t0\t1\t0\n'
  expect(parseCgroups(undefined, v1)).toEqual({ version: 1, controllers: ['cpu'] })
})

it('tells a packet filter that drops what comes in', () => {
  const chain = (policy: string) =>
    `table inet filter {\n\tchain input {\n\t\ttype filter hook input priority filter; policy ${policy};\n\t}\n\tchain forward {\n\t\ttype filter hook forward priority filter; policy drop;\n\t}\n}`
  expect(dropsInput(chain('drop'))).toBe(true)
  expect(dropsInput(chain('accept'))).toBe(false)
})

it.each([
  ['reject with icmpx admin-prohibited', true],
  ['counter packets 3 bytes 180 drop comment "the rest"', true],
  ['log prefix "in: " level info drop', true],
  ['ip saddr 192.0.2.0/24 drop', false],
  ['tcp dport { 22, 80,\n\t\t\t     443 } accept', false],
  ['accept', false],
])('tells whether nftables ends with a refusal: %s', (last, drops) => {
  const ruleset = `table inet nftables_svc {\n\tset allowed {\n\t\ttype inet_proto\n\t\telements = { icmp }\n\t}\n\n\tchain INPUT {\n\t\ttype filter hook input priority filter + 20; policy accept;\n\t\tct state established,related accept\n\t\t${last}\n\t}\n\n\tchain FORWARD {\n\t\ttype filter hook forward priority filter + 20; policy accept;\n\t\treject with icmpx host-unreachable\n\t}\n}\n`
  expect(dropsInput(ruleset)).toBe(drops)
})

it('tells running units from those that are only there', () => {
  const text = `Id=k3s.service
LoadState=loaded
ActiveState=active
UnitFileState=enabled

Id=docker.service
LoadState=loaded
ActiveState=inactive
UnitFileState=disabled

Id=kubelet.service
LoadState=not-found
ActiveState=inactive
UnitFileState=
`
  expect(parseUnits(text)).toMatchObject({
    'k3s.service': 'active',
    'docker.service': 'present',
    'kubelet.service': 'absent',
    'edgecore.service': 'absent',
  })
})

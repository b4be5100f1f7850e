import type { BundleManifest } from '@edgelift/bundle'
import { describe, expect, it } from 'vitest'
import type { Place } from '../node/facts.ts'
import { type Change, cloud, codes, edge, facts, found, NOW, token } from './preflight.sample.ts'
import { refusal } from './preflight.ts'

const fileOf = (size: number) =>
  ({
    path: 'images/x.tar',
    size,
    mode: '0644',
    integrity: '',
    origin: '',
  }) as unknown as BundleManifest['files'][number]

it('finds nothing on a machine that is ready', () => {
  expect(codes({})).toEqual([])
  expect(codes({ settings: cloud })).toEqual([])
})

function released(version: string) {
  return { name: 'kubeedge', version }
}

describe('finds', () => {
  const listening = (port: number, program?: string, address = '0.0.0.0') => [
    { protocol: 'tcp' as const, address, port, program },
  ]
  const places = (path: string, changed: Partial<Place>) => ({
    places: facts.places.map((one) => (one.path === path ? { ...one, ...changed } : one)),
  })
  const receipt = { role: 'cloud', bundle: 'x', nodeName: undefined } as const
  const onEdge = { role: 'edge', bundle: 'x', nodeName: undefined } as const
  const cases: [string, Change, string][] = [
    ['no root', { facts: { root: false } }, 'error NOT_ROOT'],
    ['no root in a dry run', { facts: { root: false }, dryRun: true }, 'warning NOT_ROOT'],
    ['another architecture', { facts: { machine: 'aarch64' } }, 'error WRONG_PLATFORM'],
    ['an old kernel', { facts: { kernel: '3.10.0-1160.el7.x86_64' } }, 'warning KERNEL_OLD'],
    ['a kernel that is too old', { facts: { kernel: '2.6.32' } }, 'error KERNEL_OLD'],
    ['no systemd', { facts: { systemd: false } }, 'error NO_SYSTEMD'],
    ['no localtime', { facts: { localtime: false } }, 'error NO_LOCALTIME'],
    ['a clock that has lost its battery', { facts: { clock: 0 } }, 'error CLOCK_WRONG'],
    [
      'a missing controller',
      { facts: { cgroup: { version: 2, controllers: ['cpu', 'cpuset'] } } },
      'error CGROUP_CONTROLLER_MISSING',
    ],
    [
      'no memory controller of version 1 for K3s',
      { settings: cloud, facts: { cgroup: { version: 1, controllers: ['cpu'] } } },
      'error CGROUP_CONTROLLER_MISSING',
    ],
    ['no iptables', { facts: { iptables: undefined } }, 'error IPTABLES_MISSING'],
    [
      'a faulty iptables',
      { facts: { iptables: { version: '1.8.2', backend: 'nft' } } },
      'warning IPTABLES_FAULTY',
    ],
    ['a read-only disk', { facts: places('/opt/cni/bin', { options: ['ro'] }) }, 'error DISK_READ_ONLY'],
    [
      'a directory that cannot take the key',
      { settings: cloud, psk: { state: 'made' }, facts: places('/data/x', { options: ['ro'] }) },
      'error DISK_READ_ONLY',
    ],
    [
      'programs that cannot run',
      { facts: places('/usr/local', { options: ['noexec'] }) },
      'error MOUNT_NOEXEC',
    ],
    [
      'K3s programs that cannot run',
      { settings: cloud, facts: places('/var/lib/rancher', { options: ['noexec'] }) },
      'error MOUNT_NOEXEC',
    ],
    ['noexec', { facts: places('/data/x', { options: ['rw', 'noexec'] }) }, 'error DIRECTORY_NOEXEC'],
    [
      'a full disk of its own',
      { facts: places('/var/log', { mount: '/var/log', freeBytes: 10 }) },
      'error DISK_TOO_SMALL',
    ],
    [
      'so little of a disk that EdgeCore ends all pods',
      { facts: places('/var/lib/containerd', { mount: '/var/lib', freeBytes: 14e9 }) },
      'warning DISK_PRESSURE',
    ],
    [
      'a disk of which EdgeCore will have too little when all is there',
      {
        manifest: { files: [fileOf(1e9)] },
        facts: places('/var/lib/containerd', { mount: '/var/lib', freeBytes: 17e9 }),
      },
      'warning DISK_PRESSURE',
    ],
    [
      'so little of a disk that K3s ends all pods',
      { settings: cloud, facts: places('/var/lib/kubelet', { mount: '/var/lib', freeBytes: 4e9 }) },
      'warning DISK_PRESSURE',
    ],
    ['no overlay', { facts: { modules: { overlay: false } } }, 'error MODULE_MISSING'],
    ['no bridge netfilter', { facts: { modules: { br_netfilter: false } } }, 'warning MODULE_MISSING'],
    ['a taken port', { facts: { listening: listening(10550, 'nginx') } }, 'error PORT_TAKEN'],
    [
      'a port of the same program, not by us',
      { facts: { listening: listening(10550, 'edgecore') } },
      'error PORT_TAKEN',
    ],
    ['a DNS server on every address', { facts: { listening: listening(53, 'dnsmasq') } }, 'error PORT_TAKEN'],
    ['no nameserver', { facts: { nameservers: [] } }, 'error NO_NAMESERVER'],
    ['a nameserver that loops', { facts: { nameservers: ['169.254.96.16'] } }, 'error NAMESERVER_LOOP'],
    [
      'no default route',
      { facts: { defaultRoute: undefined }, settings: { ...cloud, nodeIp: '10.77.0.2' } },
      'error NO_DEFAULT_ROUTE',
    ],
    ['no default route on an edge', { facts: { defaultRoute: undefined } }, 'warning NO_DEFAULT_ROUTE'],
    ['an address of another machine', { settings: { ...edge, nodeIp: '10.9.9.9' } }, 'error NODE_IP_FOREIGN'],
    ['a host name that is no node name', { facts: { hostname: 'edge_1' } }, 'error NODE_NAME_INVALID'],
    ['a name that is too long', { facts: { hostname: 'e'.repeat(64) } }, 'error NODE_NAME_INVALID'],
    [
      'the name of every machine',
      { facts: { hostname: 'localhost.localdomain' } },
      'warning NODE_NAME_DOUBTFUL',
    ],
    [
      'a foreign containerd',
      { facts: { units: { 'containerd.service': 'active' } } },
      'error ALREADY_PRESENT',
    ],
    [
      'a foreign K3s',
      { settings: cloud, facts: { units: { 'k3s.service': 'active' } } },
      'error ALREADY_PRESENT',
    ],
    ['what an earlier join left', { facts: { joined: true } }, 'error ALREADY_PRESENT'],
    ['networks of somebody else', { facts: { cni: ['05-cilium.conflist'] } }, 'error CNI_PRESENT'],
    ['networks that nobody will use', { facts: { cni: ['20-flannel.conflist'] } }, 'warning CNI_PRESENT'],
    ['the other role', { facts: { installed: receipt } }, 'error OTHER_ROLE'],
    [
      'an older release',
      { facts: { installed: { ...onEdge, release: released('1.22.1') } } },
      'error RELEASE_OLDER',
    ],
    [
      'the release after its candidate',
      {
        manifest: { release: released('1.22.0-rc.1') },
        facts: { installed: { ...onEdge, release: released('1.22.0') } },
      },
      'error RELEASE_OLDER',
    ],
    ['an unknown option', { settings: { ...edge, options: ['gatewy'] } }, 'error OPTION_UNKNOWN'],
    ['placeholders', { manifest: { placeholders: ['edgecore'] } }, 'error PLACEHOLDERS'],
    ['swap', { facts: { swapBytes: 1e9 } }, 'warning SWAP_ON'],
    ['a firewall', { facts: { firewall: 'firewalld' } }, 'warning FIREWALL_ACTIVE'],
    [
      'Docker beside K3s',
      { settings: cloud, facts: { units: { 'docker.service': 'active' } } },
      'note RUNTIME_BESIDE',
    ],
    ['SELinux', { facts: { selinux: 'Enforcing' } }, 'warning SELINUX_ENFORCING'],
    ['AppArmor', { facts: { apparmor: true } }, 'note APPARMOR_ON'],
    ['little memory', { facts: { memoryBytes: 2e8 } }, 'warning MEMORY_SMALL'],
    ['an open join file', { openFiles: ['join.yaml'] }, 'warning ANSWER_FILE_OPEN'],
    ['an open PSK file', { settings: cloud, openPsk: 'psk' }, 'warning PSK_FILE_OPEN'],
    ['a mistyped variable', { strangeVariables: ['EDGELIFT_NODEIP'] }, 'warning VARIABLE_UNKNOWN'],
    [
      'a bad key',
      { settings: cloud, psk: { state: 'unusable', file: 'f', why: { en: '', zh: '' } } },
      'error PSK_UNUSABLE',
    ],
    ['no cloud', { settings: { ...edge, cloud: undefined }, cloud: undefined }, 'error ANSWER_NEEDED'],
    ['itself as its cloud', { facts: { addresses: ['10.77.0.1'] } }, 'error CLOUD_IS_SELF'],
    ['itself, spelled in another way', { facts: { addresses: ['::ffff:10.77.0.1'] } }, 'error CLOUD_IS_SELF'],
  ]
  it.each(cases)('%s', (_title, change, expected) => {
    expect(codes(change)).toEqual([expected])
  })
})

it.each([
  ['/etc/passwd', /^set pskFile to /],
  [undefined, /^remove the file to have a key generated/],
])("tells nobody to remove a file that is not the archive's: %s", (pskFile, fix) => {
  const unusable = { state: 'unusable', file: 'f', why: { en: '', zh: '' } } as const
  const [finding] = found({ settings: { ...cloud, ...(pskFile && { pskFile }) }, psk: unusable })
  expect(finding?.fix.en).toMatch(fix)
})

it.each([
  [true, ['edgemesh'], 'error', /^anyone .* mesh$/, /^write a new key, .*'\/data\/\S+\/edgemesh-psk\.txt'$/],
  [false, [], 'warning', /^anyone .* mesh$/, /^set another key in that release \(agent\.psk\)/],
  [false, ['gateway'], 'error', /mesh; gateway would need the same one$/, /^set another key in that release/],
])(
  'tells of a published PSK that EdgeMesh runs with (ours: %s, takers: %s)',
  (ours, takers, severity, matters, fix) => {
    const why = { en: 'it is public', zh: '' }
    const release = { release: 'kubeedge/edgemesh', value: 'agent.psk' }
    const psk = { state: 'refused', why, ours, takers, ...release } as const
    expect(found({ settings: cloud, psk })).toMatchObject([
      {
        code: 'PSK_UNUSABLE',
        severity,
        seen: {
          en: expect.stringContaining('helm release kubeedge/edgemesh runs with (agent.psk): it is pub'),
        },
        matters: { en: expect.stringMatching(matters) },
        fix: { en: expect.stringMatching(fix) },
      },
    ])
  },
)

it.each([
  ['the same release', released('1.22.0')],
  ['a newer one', released('1.21.9')],
  ['a version that is no semver', released('spring')],
  ['a receipt that does not say', undefined],
])('is installed over %s', (_title, release) => {
  expect(
    codes({ facts: { installed: { role: 'edge', bundle: 'x', nodeName: undefined, release } } }),
  ).toEqual([])
})

it('says which share of a disk is left when all is there', () => {
  const places = facts.places.map((one) => ({ ...one, freeBytes: 17e9 }))
  const [finding] = found({ manifest: { files: [fileOf(1e9)] }, facts: { places } })
  expect(finding?.seen.en).toMatch(/: 17 %; the installation takes up to .*, which leaves 13 %$/)
})

it('leaves alone what is its own: ports, units, the space that it takes, the local resolver, allowed placeholders', () => {
  const installed = { role: 'edge', bundle: 'x', nodeName: undefined } as const
  const file = fileOf(40e9)
  expect(codes({ manifest: { files: [file] } })).toEqual(['error DISK_TOO_SMALL'])
  expect(codes({ manifest: { files: [file] }, facts: { installed } })).toEqual([])
  const filled = { installed, places: facts.places.map((one) => ({ ...one, freeBytes: 9e9 })) }
  expect(codes({ facts: filled })).toEqual(['warning DISK_PRESSURE'])
  expect(codes({ facts: { installed, units: { 'containerd.service': 'active' } } })).toEqual([])
  const own = { protocol: 'tcp', address: '127.0.0.1', port: 10550, program: 'edgecore' } as const
  expect(codes({ facts: { installed, listening: [own] } })).toEqual([])
  const local = { protocol: 'udp', address: '127.0.0.53', port: 53, program: 'systemd-resolve' } as const
  expect(codes({ facts: { listening: [local] } })).toEqual([])
  expect(codes({ manifest: { placeholders: ['x'] }, allowPlaceholders: true })).toEqual([
    'warning PLACEHOLDERS',
  ])
})

it('asks less of a machine whose cluster is there already', () => {
  const listening = [{ protocol: 'tcp', address: '0.0.0.0', port: 6443, program: 'kube-apiserver' }] as const
  const units = { 'kubelet.service': 'active' } as const
  expect(codes({ settings: cloud, kubeEdgeOnly: true, facts: { listening, units } })).toEqual([])
})

it('says what the operator has to know of each, in both languages', () => {
  const many = found({ facts: { root: false, localtime: false }, token: { state: 'absent' } })
  for (const { seen, matters, fix } of many)
    for (const text of [seen, matters, fix])
      expect([text.en, text.zh].every((words) => words.length > 3)).toBe(true)
  expect(JSON.stringify(found({ token: token(NOW - 1) }))).not.toContain('secret')
})

it('refuses with everything that is wrong at once, and not for warnings', () => {
  const many = found({ facts: { root: false, localtime: false, swapBytes: 1 } })
  expect(refusal(many)).toMatchObject({
    exit: 3,
    because: { en: expect.stringMatching(/NOT_ROOT.*NO_LOCALTIME/) },
  })
  expect(refusal(found({ facts: { swapBytes: 1 } }))).toBeUndefined()
})

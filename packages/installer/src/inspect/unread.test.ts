import { rm } from 'node:fs/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Facts, UnreadPart } from '../node/facts.ts'
import { ASK_UNITS, NO_UNITS } from '../testing/bare-machine.ts'
import { type Answer, type Trial, trial } from '../testing/trial.ts'
import { gatherFacts } from './gather.ts'

const HEADER = 'Netid State Recv-Q Send-Q Local Address:Port Peer Address:PortProcess'

/** A minimal machine: no firewall is installed, and neither is what would show one. */
const MACHINE: Readonly<Record<string, Answer>> = {
  id: '0',
  [ASK_UNITS]: NO_UNITS,
  'systemctl show -p ActiveState': 'ActiveState=inactive',
  ss: `${HEADER}\ntcp LISTEN 0 128 0.0.0.0:22 0.0.0.0:* users:(("sshd",pid=1,fd=3))`,
  'ip -o addr show': '2: eth0    inet 10.77.0.2/24 scope global eth0',
  'ip -4 route show default': '',
  'iptables --version': 'missing',
  'iptables -S INPUT': 'missing',
  ufw: 'missing',
  nft: 'missing',
}

let on: Trial
beforeEach(async () => {
  on = await trial()
  for (const [command, answer] of Object.entries(MACHINE)) on.script(command, answer)
})
afterEach(() => on[Symbol.asyncDispose]())

const facts = (): Promise<Facts> => gatherFacts(on.host, on.root, undefined)
const FAILED = { code: 1, stderr: 'Cannot open netlink socket: Permission denied\n' }

it('everything is known of a machine on which nothing is installed', async () => {
  expect(await facts()).toMatchObject({ unread: [], firewall: undefined, iptables: undefined })
})

it.each<[UnreadPart, string]>([
  ['ports', 'ss'],
  ['units', ASK_UNITS],
  ['addresses', 'ip -o addr show'],
  ['routes', 'ip -4 route show default'],
  ['iptables', 'iptables --version'],
  ['firewall', 'systemctl show -p ActiveState'],
  ['firewall', 'ufw'],
  ['firewall', 'iptables -S INPUT'],
  ['firewall', 'nft'],
])('%s are not taken for none since %s fails', async (part, command) => {
  on.script(command, FAILED)
  const { unread } = await facts()
  expect(unread).toEqual([
    {
      part,
      command: expect.stringMatching(new RegExp(`^${command}`)),
      said: { en: FAILED.stderr.trim(), zh: FAILED.stderr.trim() },
      isMissing: false,
    },
  ])
  on.script(command, 'unusable')
  expect((await facts()).unread).toMatchObject([{ part, isMissing: false, said: { en: 'unusable' } }])
})

it.each<[string, Answer, string]>([
  ['has no result in time', { code: 124 }, 'no result within 30 s'],
  ['is killed', { code: 137 }, 'exit code 137, without a word'],
  ['prints what nobody can read', 'usage: ss [ OPTIONS ]', 'it printed something else than expected'],
])('tells of a program that %s', async (_what, answer, said) => {
  on.script('ss', answer)
  expect((await facts()).unread).toMatchObject([{ part: 'ports', said: { en: said } }])
})

describe('modules of the kernel', () => {
  it.each<[string, Answer, boolean]>([
    ['that can be loaded', '', true],
    ['that it has not', { code: 1, stderr: 'modprobe: FATAL: Module overlay not found' }, false],
    ['where nothing loads any', 'missing', false],
  ])('are known: one %s', async (_what, answer, isThere) => {
    on.script('modprobe -n', answer)
    expect(await facts()).toMatchObject({ modules: { overlay: isThere, br_netfilter: isThere }, unread: [] })
  })

  it('are not asked for where they are loaded, built in, or the kernel has them without a folder of modules', async () => {
    on.script('modprobe -n', 'missing')
    on.script('uname -r', '6.1.0')
    const modulesOf = async () => (await facts()).modules
    await on.put('/proc/modules', 'overlay 163840 2 - Live 0x0\n')
    await on.put('/lib/modules/6.1.0/modules.builtin', 'kernel/net/bridge/br_netfilter.ko\n')
    expect(await modulesOf()).toEqual({ overlay: true, br_netfilter: true })
    await on.put('/proc/modules', 'overlayfs2 1 2 - Live 0x0\n')
    await on.put('/lib/modules/6.1.0/modules.builtin')
    expect(await modulesOf()).toEqual({ overlay: false, br_netfilter: false })
    await on.put('/proc/filesystems', 'nodev\tsysfs\nnodev\toverlay\n')
    await on.put('/proc/sys/net/bridge/bridge-nf-call-iptables', '1')
    expect(await modulesOf()).toEqual({ overlay: true, br_netfilter: true })
  })

  it('are not missing since modprobe has no time to say', async () => {
    on.script('modprobe -n overlay', { code: 124 })
    const { modules, unread } = await facts()
    expect(modules).toEqual({ br_netfilter: false })
    expect(unread).toMatchObject([
      { part: 'modules', command: 'modprobe -n overlay', said: { en: 'no result within 30 s' } },
    ])
  })
})

it.each<[UnreadPart, string, Answer]>([
  ['units', ASK_UNITS, 'Failed to connect to bus'],
  ['units', ASK_UNITS, 'Id=k3s.service\nLoadState=loaded\n'],
  ['addresses', 'ip -o addr show', 'BusyBox v1.36'],
  ['iptables', 'iptables --version', 'x'],
  ['firewall', 'ufw', 'WARN: / is world writable'],
])('does not read %s from words of %s that say something else', async (part, command, answer) => {
  on.script(command, answer)
  expect((await facts()).unread).toMatchObject([{ part }])
})

describe('nothing is unread', () => {
  it('where no program listens at all', async () => {
    on.script('ss', HEADER)
    expect(await facts()).toMatchObject({ unread: [], listening: [] })
  })

  it.each([
    ['iptables -S INPUT', "can't initialize iptables table `filter': do you need to insmod?"],
    ['nft', 'netlink: Error: cache initialization failed: Invalid argument'],
  ])('of a firewall where the kernel has no rules of a kind: %s', async (command, stderr) => {
    on.script(command, { code: 1, stderr })
    expect((await facts()).unread).toEqual([])
  })

  it('of firewalld where systemd does not run', async () => {
    await rm(`${on.root}/run/systemd`, { recursive: true })
    on.script('systemctl show -p ActiveState', FAILED)
    expect((await facts()).unread).toEqual([])
  })

  it('of a firewall that a normal user may not see', async () => {
    on.script('id', '1000')
    on.script('ufw', { code: 1, stderr: 'ERROR: You need to be root to run this script' })
    expect((await facts()).unread).toEqual([])
  })

  it('of a firewall where another one is known to be on', async () => {
    on.script('ufw', FAILED)
    on.script('nft', 'table inet t { chain c { type filter hook input priority 0; policy drop; } }')
    expect(await facts()).toMatchObject({ firewall: 'nftables', unread: [] })
  })
})

it.each<[Facts['firewall'], string, string]>([
  ['firewalld', 'systemctl show -p ActiveState', 'ActiveState=active'],
  ['ufw', 'ufw status', 'Status: active\n'],
  ['iptables', 'iptables -S INPUT', '-P INPUT DROP\n'],
  [
    'iptables',
    'iptables -S INPUT',
    '-P INPUT ACCEPT\n-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT\n-A INPUT -j REJECT --reject-with icmp-host-prohibited\n',
  ],
  [
    undefined,
    'iptables -S INPUT',
    '-P INPUT ACCEPT\n-A INPUT -s 192.0.2.0/24 -j DROP\n-A INPUT -j f2b-sshd\n',
  ],
])('finds %s', async (name, command, text) => {
  on.script(command, text)
  expect((await facts()).firewall).toBe(name)
})

it('names a program that is not installed as such', async () => {
  on.script('ss', 'missing')
  expect((await facts()).unread).toMatchObject([{ part: 'ports', isMissing: true }])
})

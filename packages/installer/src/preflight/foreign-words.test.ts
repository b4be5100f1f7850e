import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { inspect } from '../inspect/inspection.ts'
import { bundles } from '../install/plan.sample.ts'
import { parseSettings } from '../settings/load.ts'
import { DAMAGE, expectCoded, PRINTED } from '../testing/damage.ts'
import { type Trial, trial } from '../testing/trial.ts'
import { installationFindings } from './installation-findings.ts'

const FILES = [
  ...['/etc/os-release', '/etc/resolv.conf', '/etc/fstab', '/etc/machine-id', '/etc/containerd/config.toml'],
  ...['/etc/cni/net.d/10-own.conflist', '/etc/rancher/k3s/config.yaml', '/etc/systemd/system/k3s.service'],
  ...[
    '/proc/meminfo',
    '/proc/modules',
    '/proc/filesystems',
    '/proc/cgroups',
    '/proc/uptime',
    '/proc/net/unix',
  ],
  ...['/proc/self/mountinfo', '/sys/fs/cgroup/cgroup.controllers', '/sys/fs/selinux/enforce'],
  ...['/etc/kubeedge/config/edgecore.yaml', '/etc/kubeedge/certs/server.crt', '/etc/kubeedge/ca/rootCA.crt'],
]
const PROGRAMS = [
  ...[
    'ip',
    'ss',
    'systemctl',
    'journalctl',
    'uname',
    'iptables',
    'iptables-save',
    'nft',
    'getenforce',
    'timedatectl',
  ],
  ...[
    '/usr/local/bin/k3s',
    '/usr/bin/kubectl',
    '/usr/bin/ctr',
    '/usr/local/bin/ctr',
    'containerd',
    '/usr/bin/containerd',
    'env',
  ],
]
interface Installation {
  readonly name: string
  readonly role: 'cloud' | 'edge'
  readonly said: Readonly<Record<string, unknown>>
  readonly kubeEdgeOnly: { readonly kubeconfig: string } | undefined
}

const INSTALLATIONS: readonly Installation[] = [
  { name: 'a cloud', role: 'cloud', said: {}, kubeEdgeOnly: undefined },
  {
    name: 'a cluster of others',
    role: 'cloud',
    said: {},
    kubeEdgeOnly: { kubeconfig: '/etc/kubernetes/admin.conf' },
  },
  { name: 'an edge', role: 'edge', said: {}, kubeEdgeOnly: undefined },
  {
    name: 'an edge with its own containerd',
    role: 'edge',
    said: { containerd: 'existing' },
    kubeEdgeOnly: undefined,
  },
]

/** What findings look at besides. */
const REST = { placeholders: [], versions: {}, release: { name: 'kubeedge', version: '1.22.0' } }

let node: Trial
beforeEach(async () => {
  node = await trial()
  for (const file of [
    '/usr/bin/kubectl',
    '/usr/bin/ctr',
    '/usr/bin/containerd',
    '/run/containerd/containerd.sock',
  ])
    await node.put(file, '', 0o755)
})
afterEach(() => node[Symbol.asyncDispose]())

/** Findings, or an error that has a code. */
async function expectFindings({ role, said, kubeEdgeOnly }: Installation, words: string) {
  const { directory, manifest } = bundles[role]
  const request = {
    ...{
      host: node.host,
      directory,
      manifest: { ...manifest, ...REST },
      settings: parseSettings(role, { ...said, nodeName: 'n' }),
    },
    ...{
      kubeEdgeOnly,
      receipt: undefined,
      token: { state: 'absent' as const },
      joined: true,
      tokenIn: undefined,
    },
    report: () => {},
  }
  const findings = inspect(request).then((found) =>
    installationFindings(request, found, { dryRun: true, allowDowngrade: false }),
  )
  await expectCoded(
    findings.then((list) => expect(Array.isArray(list)).toBe(true)),
    words,
  )
}

describe.each(INSTALLATIONS)('preflight of $name', (installation) => {
  it('takes whatever stands in files of the host', async () => {
    for (const file of FILES)
      for (const words of DAMAGE) {
        await node.put(file, words)
        await expectFindings(installation, `${file}: ${words}`)
      }
  }, 300_000)

  it('takes whatever programs of the host print', async () => {
    for (const words of PRINTED) {
      for (const program of PROGRAMS) node.script(program, words)
      await expectFindings(installation, words)
    }
  }, 300_000)
})

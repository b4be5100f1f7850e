import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { EDGE_CERTIFICATE, EDGECORE_CONFIG } from '../kubeedge/edgecore-config.ts'
import { readMeshKubeconfig } from '../mesh/kubeconfig.ts'
import { MESH_KUBECONFIG, MESH_STATE } from '../mesh/places.ts'
import { readMeshState } from '../mesh/state.ts'
import { COPIES } from '../state/copies.ts'
import { receiptFor } from '../state/host-changes.ts'
import { RECEIPT } from '../state/receipt.ts'
import { rememberWritten, WRITTEN, writtenFiles } from '../state/written.ts'
import { type CommandTrial, commandTrial } from '../testing/command.ts'
import { DAMAGE, expectCoded, layHuge, layStray, PRINTED, STRAYS } from '../testing/damage.ts'
import { BASELINE, HEAD } from '../testing/trial.ts'
import { cleanup } from './cleanup.ts'
import { doctor } from './doctor.ts'
import { renew } from './renew.ts'
import { goBack } from './rollback.ts'
import { status } from './status.ts'
import { verify } from './verify.ts'

const COPY = `${COPIES}/20261101T000000Z-kubeedge-edge-1.21.0-amd64`
const FILES = [
  RECEIPT,
  WRITTEN,
  '/var/lib/edgelift/journal.jsonl',
  '/var/lib/edgelift/former-node.json',
  '/var/lib/edgelift/marks/%',
  `${COPY}/copy.json`,
  MESH_STATE,
  EDGECORE_CONFIG,
  EDGE_CERTIFICATE,
  '/etc/resolv.conf',
  '/etc/os-release',
  '/proc/meminfo',
  '/proc/self/mountinfo',
]
const PROGRAMS = [
  ...[
    '/usr/local/bin/k3s',
    '/usr/local/bin/ctr',
    'ctr',
    'ip',
    'ss',
    'systemctl',
    'journalctl',
    'uname',
    'sysctl',
    'modprobe',
  ],
  ...[
    'iptables',
    'iptables-save',
    'ip6tables-save',
    'nft',
    'mount',
    'timedatectl',
    'hostname',
    'getenforce',
    'ufw',
    'firewall-cmd',
  ],
]
const COMMANDS = [
  ['status', status, {}],
  ['verify', verify, {}],
  ['doctor', doctor, {}],
  ['renew', renew, {}],
  ['cleanup --dry-run', cleanup, { 'dry-run': true }],
  ['rollback --dry-run', goBack, { 'dry-run': true }],
] as const

let node: CommandTrial
beforeEach(async () => {
  node = await commandTrial()
})
afterEach(() => node[Symbol.asyncDispose]())

async function installed(role: 'cloud' | 'edge'): Promise<void> {
  const former = { bundle: `kubeedge-${role}-1.21.0-amd64`, lock: 'sha256:1', images: [], copy: COPY }
  await node.install(receiptFor({ ...HEAD, role, settings: { role }, former }, undefined, BASELINE))
}

describe.each(FILES)('whatever stands in %s', (file) => {
  it.each(COMMANDS)('%s says what is wrong, or goes on', async (_name, command, args) => {
    await installed('edge')
    node.script('systemctl', '')
    for (const text of DAMAGE) {
      await node.put(file, text)
      await expectCoded(node.type(command, args), text)
    }
  })
})

describe.each(FILES)('whatever stands in the place of %s', (file) => {
  it.each(Object.entries({ ...STRAYS, 'a file without end': layHuge }))(
    'no command waits for %s, or takes it for a bug',
    async (name, lay) => {
      await installed('edge')
      node.script('systemctl', '')
      await layStray(path.join(node.root, file), lay)
      for (const [, command, args] of COMMANDS) await expectCoded(node.type(command, args), name)
    },
  )
})

describe.each(['cloud', 'edge'] as const)('whatever the programs of a %s node print', (role) => {
  it.each(COMMANDS)('%s says what is wrong, or goes on', async (_name, command, args) => {
    for (const text of PRINTED) {
      await installed(role)
      for (const program of PROGRAMS) node.script(program, text)
      await expectCoded(node.type(command, args, role), text)
    }
  })
})

it.each(FILES.filter((file) => file !== RECEIPT))('status and cleanup do without %s', async (file) => {
  await installed('edge')
  for (const text of DAMAGE) {
    await node.put(file, text)
    expect((await node.type(status)).document.state).toBe('incomplete')
    expect((await node.type(cleanup, { 'dry-run': true })).document).toMatchObject({
      changed: false,
      plan: [],
    })
  }
})

it.each(Object.entries(STRAYS))('%s is no receipt: nothing passes for not installed', async (_name, lay) => {
  await layStray(path.join(node.root, RECEIPT), lay)
  for (const [, command, args] of COMMANDS)
    await expect(node.type(command, args)).rejects.toMatchObject({
      message: expect.stringMatching(/receipt\.json|EFBIG/),
    })
})

it('a list of what was written begins again where it is damaged, and the service asks for a sound kubeconfig', async () => {
  for (const text of DAMAGE) {
    await node.put(WRITTEN, text)
    await rememberWritten(node.host, new Map([['/etc/a', 'sha']]))
    expect(await writtenFiles(node.host)).toEqual({ '/etc/a': ['sha'] })
    await node.put(MESH_KUBECONFIG, text)
    expect(await readMeshKubeconfig(node.host)).toBeUndefined()
    await node.put(MESH_STATE, text)
    expect(await readMeshState(node.host)).toBeUndefined()
  }
})

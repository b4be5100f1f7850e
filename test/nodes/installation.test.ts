import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Archives, releaseArchives } from '../support/archives.ts'
import { cutAtEveryRecord, recordSeen, recordsOf } from '../support/disturbing.ts'
import { unexpected } from '../support/kubernetes/unexpected.ts'
import { airGappedPair, type NodeState } from '../support/nodes/index.ts'
import type { Pair, TestNode } from '../support/nodes/types.ts'
import {
  AS_FRESH,
  AS_PURGED,
  changes,
  DEVICES,
  LIVING,
  layTheirRules,
  layTheirs,
  settledChanges,
} from '../support/undisturbed.ts'
import { inDirectory, PLACEHOLDERS, takeJoinFile, unpackOn } from '../support/unpacked.ts'

/** One pair lives through it all: installed, cleaned up, installed while it is killed, and while its power fails. */
interface Side {
  readonly node: TestNode
  readonly directory: string
  readonly install: string
  run(line: string): ReturnType<typeof inDirectory>
  /** Before anything was installed, and when it was, undisturbed. */
  fresh: NodeState
  installed: NodeState
}

let archives: Archives
let pair: Pair
let cloud: Side
let edge: Side

async function side(node: TestNode, archive: string, install: string): Promise<Side> {
  const directory = await unpackOn(node, archive)
  await layTheirs(node)
  const fresh = await node.snapshot()
  return {
    node,
    directory,
    install,
    fresh,
    installed: fresh,
    run: (line) => inDirectory(node, directory, line),
  }
}

beforeAll(async () => {
  archives = await releaseArchives()
  pair = await airGappedPair()
  cloud = await side(pair.cloud, archives.cloud, './install.sh --yes --node-ip 10.77.0.1')
  edge = await side(pair.edge, archives.edge, './install.sh --yes --config edge-join.yaml')
})
afterAll(async () => {
  await pair?.[Symbol.asyncDispose]()
})

const takeToken = () => takeJoinFile(pair, { cloud: cloud.directory, edge: edge.directory })

async function expectUnchanged({ run, install }: Side): Promise<void> {
  const { code, stdout, stderr } = await run(`${install} --json`)
  expect(code, stdout + stderr).toBe(0)
  expect(JSON.parse(stdout)).toMatchObject({ changed: false, applied: [] })
}

/** Whether a node that was disturbed has come to where one is that was not. */
async function expectInstalled(one: Side): Promise<void> {
  await expectUnchanged(one)
  expect(await settledChanges(one.node, one.installed, LIVING)).toEqual([])
}

async function expectFresh({ node, fresh }: Side): Promise<void> {
  expect(await settledChanges(node, fresh, AS_FRESH)).toEqual([])
}

it('shows what it would do and changes nothing', async () => {
  const { code, stdout, stderr } = await cloud.run('./install.sh --dry-run --node-ip 10.77.0.1 --json')
  expect(code, stdout + stderr).toBe(0)
  expect(JSON.parse(stdout)).toMatchObject({
    changed: false,
    plan: expect.arrayContaining([expect.objectContaining({ id: 'k3s' })]),
  })
  expect(changes(cloud.fresh, await cloud.node.snapshot(), [DEVICES])).toEqual([])
})

it('refuses the archive of the other role with nothing changed', async () => {
  const { code, stderr } = await cloud.run('./install.sh --yes --cloud 10.77.0.1')
  expect([code, stderr]).toEqual([2, expect.stringContaining('--cloud')])
})

it('installs the cloud', async () => {
  const { code, stdout, stderr } = await cloud.run(cloud.install)
  expect(code, stdout + stderr + (await cloud.node.journal('k3s')).slice(-3000)).toBe(0)
})

it('is in order before an edge has joined', async () => {
  expect((await cloud.run('./edgelift status')).stdout).toContain('mesh refresh: idle')
  const { code, stdout } = await cloud.run('./edgelift doctor')
  expect([code, stdout]).toEqual([0, expect.stringContaining('nothing is wrong')])
})

it('makes a join file of mode 0600, with which the edge joins, and lets nobody else work meanwhile', async () => {
  await takeToken()
  const { stdout: mode } = await cloud.node.exec(`stat -c %a ${cloud.directory}/edge-join.yaml`)
  expect(mode.trim()).toBe('600')
  const first = edge.node.spawn(['sh', '-c', `cd '${edge.directory}' && exec ${edge.install}`], {
    env: PLACEHOLDERS,
  })
  await recordSeen({ node: edge.node, running: first }, 'container-runtime begin')
  const second = await edge.run('./cleanup.sh --yes')
  expect([second.code, second.stderr]).toEqual([
    1,
    expect.stringMatching(/error\[LOCKED\].*process.*PID \d+/),
  ])
  const { code, stdout, stderr } = await first.done
  expect(code, stdout + stderr + (await edge.node.journal('edgecore')).slice(-3000)).toBe(0)
})

it('run again, changes nothing but the journal, a log and what lives', async () => {
  for (const one of [cloud, edge]) {
    one.installed = await one.node.snapshot()
    await expectInstalled(one)
  }
})

it('verifies on both nodes', async () => {
  for (const { run } of [cloud, edge]) {
    const { code, stdout, stderr } = await run('./edgelift verify')
    expect(code, stdout + stderr).toBe(0)
  }
})

it('writes a log for each run that holds no secret, and status names it', async () => {
  const { stdout: psk } = await cloud.node.exec(`cat ${cloud.directory}/edgemesh-psk.txt`)
  const { stdout: token } = await cloud.run('./edgelift token')
  for (const { node, run } of [cloud, edge]) {
    const name = /\/var\/log\/edgelift\/install-\S+\.log/.exec((await run('./edgelift status')).stdout)?.[0]
    expect((await node.exec(`stat -c %a ${name}`)).stdout).toBe('600\n')
    expect(await node.readFile(String(name))).toMatch(/Z install is done\n$/)
    const { stdout } = await node.exec('cat /var/log/edgelift/* /var/lib/edgelift/*.json*')
    for (const secret of [psk, token]) expect(stdout).not.toContain(secret.trim())
  }
  expect((await edge.node.exec('stat -c %a /var/lib/kubeedge/edgecore.db')).stdout).toBe('600\n')
})

it('attempted nothing but each other', async () => {
  expect(unexpected(await pair.egress())).toEqual([])
})

it('cleans up both nodes, and leaves what it says', async () => {
  for (const one of [edge, cloud]) {
    const { code, stdout, stderr } = await one.run('./cleanup.sh --yes')
    expect(code, stdout + stderr).toBe(0)
    if (one === edge) expect(stdout).toContain('k3s kubectl delete node edge')
    expect((await one.run('./edgelift status')).stdout).toContain('not installed')
    await expectFresh(one)
  }
})

it('comes to the same, killed after every record of the journal', async () => {
  for (const one of [cloud, edge]) {
    const cuts = await cutAtEveryRecord({
      ...one,
      line: one.install,
      events: ['begin', 'done'],
      cut: (running) => running.kill('SIGKILL'),
    })
    expect(cuts.length).toBeGreaterThan(10)
    await expectInstalled(one)
    if (one === cloud) await takeToken()
  }
})

it('cleans up to the same, killed after every record of the journal', async () => {
  for (const one of [edge, cloud]) {
    await cutAtEveryRecord({
      ...one,
      line: './cleanup.sh --yes',
      events: ['begin', 'done'],
      cut: (running) => running.kill('SIGKILL'),
    })
    await expectFresh(one)
  }
})

it('comes to the same when the power fails in every step', async () => {
  let losses = 0
  for (const one of [cloud, edge]) {
    const cuts = await cutAtEveryRecord({
      ...one,
      line: one.install,
      events: ['begin'],
      cut: async () => {
        losses += 1
        await sleep((losses % 6) * 30) // somewhere in the step, not only at its begin
        await one.node.powerLoss()
        await one.node.boot()
        await layTheirRules(one.node)
      },
    })
    expect(cuts.length).toBeGreaterThan(5)
    await expectInstalled(one)
    if (one === cloud) await takeToken()
  }
})

it('cleans up what was broken by hand, and interrupted, says how to go on', async () => {
  await edge.node.exec(`rm /usr/local/bin/edgecore /usr/local/bin/ctr /etc/systemd/system/edgecore.service
    systemctl daemon-reload`)
  const old = (await recordsOf(edge.node)).length
  const running = edge.node.spawn(['sh', '-c', `cd '${edge.directory}' && exec ./cleanup.sh --yes`], {
    env: PLACEHOLDERS,
  })
  await recordSeen({ node: edge.node, running, old }, 'join begin')
  await running.kill('SIGTERM')
  const { code, stderr } = await running.done
  expect([code, stderr]).toEqual([5, expect.stringContaining('run it again')])
  expect((await edge.run('./edgelift status')).stdout).toContain('run ./cleanup.sh again')
  expect(await edge.run('./cleanup.sh --yes')).toMatchObject({ code: 0 })
  await expectFresh(edge)
})

it('cleans up after k3s-killall.sh, by k3s-uninstall.sh, with --purge, and though its receipt is gone', async () => {
  const { node, fresh } = cloud
  await node.exec('/usr/local/bin/k3s-killall.sh')
  const { stdout } = await node.exec('ps -e -o args=; ip -o link; iptables-save; cat /proc/self/mounts')
  expect(stdout).not.toMatch(/containerd-shim|cni0|edgemesh0|KUBE-|\/kubelet/)
  expect(stdout).toContain('THEIRS')
  await node.exec('rm /usr/local/bin/k3s /var/lib/edgelift/receipt.json')
  const line = '/usr/local/bin/k3s-uninstall.sh --purge'
  const { code, stderr } = await node.exec(line, { check: false, env: PLACEHOLDERS })
  expect([code, stderr]).toEqual([0, expect.stringContaining('the receipt is missing')])
  // What only the receipt knew: the operator's own keadm, and the kernel's settings.
  const left = changes(fresh, await node.snapshot(), [...AS_PURGED, /^net\./])
  expect(left).toEqual([expect.stringMatching(/^files removed: \/usr\/local\/bin\/keadm /)])
})

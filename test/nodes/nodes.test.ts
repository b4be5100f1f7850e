import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { exec } from '@edgelift/core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { nodesFolder } from '../support/nodes/cache.ts'
import {
  airGappedNode,
  airGappedPair,
  diffStates,
  type Pair,
  sweep,
  type TestNode,
} from '../support/nodes/index.ts'

describe('a pair of nodes', () => {
  let pair: Pair
  let cloud: TestNode
  let edge: TestNode

  beforeAll(async () => {
    pair = await airGappedPair()
    cloud = pair.cloud
    edge = pair.edge
  })
  afterAll(async () => {
    await pair?.[Symbol.asyncDispose]()
  })

  it('runs systemd on each, and they reach each other', async () => {
    expect((await cloud.exec('hostname; systemctl is-system-running')).stdout).toBe('cloud\nrunning\n')
    await cloud.exec(['ping', '-c', '1', '-W', '2', edge.address])
    await edge.exec(['ping', '-c', '1', '-W', '2', cloud.address])
    expect(await pair.egress()).toEqual([])
  })

  it('gives back what a command printed and how it ended', async () => {
    const ended = await edge.exec('cat; echo $WORD >&2; exit 3', {
      input: 'given',
      env: { WORD: 'said' },
      check: false,
    })
    expect(ended).toEqual({ code: 3, stdout: 'given', stderr: 'said\n' })
    await expect(edge.exec('echo why >&2; exit 3')).rejects.toThrow(/code 3\nwhy/)
    expect((await edge.exec('sleep 60', { timeout: 300, check: false })).code).toBe(124)
  })

  it('lets a test watch a command and kill it half way, with its children', async () => {
    const command = edge.spawn(['sh', '-c', 'echo one; sleep 300 & wait'])
    for await (const line of command.lines) {
      expect(line).toBe('one')
      await command.kill()
    }
    expect((await command.done).code).toBe(137)
    expect((await edge.exec(['pgrep', '-f', 'sleep 300'], { check: false })).stdout).toBe('')
  })

  it('takes files and folders in, where a link on the node leads to the node', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'edgelift-'))
    await writeFile(path.join(folder, 'a'), 'content', { mode: 0o750 })
    await edge.exec('mkdir -p /run/real && ln -s /run/real /data')
    await edge.copyIn(folder, '/data/deep/copy')
    expect((await edge.exec('stat -c %a /run/real/deep/copy/a; cat /data/deep/copy/a')).stdout).toBe(
      '750\ncontent',
    )
    await edge.writeFile('/etc/deep/secret', 's', 0o600)
    expect((await edge.exec('stat -c %a /etc/deep/secret')).stdout).toBe('600\n')
    expect(await edge.readFile('/etc/hostname')).toBe('edge\n')
    expect(await readFile(path.join(edge.root, 'etc/deep/secret'), 'utf8')).toBe('s')
    await rm(folder, { recursive: true })
  })

  it('grants limits and scores that containers ask for', async () => {
    await edge.exec('ulimit -n 1048576 && echo -998 > /proc/self/oom_score_adj')
    await edge.exec([
      'systemd-run',
      '--wait',
      '-p',
      'LimitNOFILE=1048576',
      '-p',
      'OOMScoreAdjust=-999',
      'true',
    ])
  })

  it('changes the time for every program, and not for this machine', async () => {
    const year = 365 * 24 * 3600
    const here = () => Date.now() / 1000
    const running = edge.spawn(['bash', '-c', 'while sleep 0.2; do printf "%(%s)T\\n"; done'])
    await edge.clock(year)
    const then = Number((await edge.exec('date +%s')).stdout)
    expect(Math.abs(then - here() - year)).toBeLessThan(60)
    const told: number[] = []
    for await (const line of running.lines) {
      told.push(Number(line))
      if (told.length === 3) break
    }
    expect(Math.abs((told[2] ?? 0) - here() - year)).toBeLessThan(60)
    await running.kill()
    await edge.clock(0)
    expect(Math.abs(Number((await edge.exec('date +%s')).stdout) - here())).toBeLessThan(60)
  })

  it('fills a disk up and gives the space back', async () => {
    await edge.exec('mkdir -p /var/lib/store && echo kept > /var/lib/store/before')
    const full = await edge.fillDisk('/var/lib/store', 64 * 1024)
    const write = 'head -c 1000000 /dev/zero > /var/lib/store/new'
    expect((await edge.exec(write, { check: false })).stderr).toContain('No space left on device')
    expect((await edge.exec('df --output=avail /var/lib/store | tail -1')).stdout.trim()).toBe('0')
    await full[Symbol.asyncDispose]()
    await edge.exec(write)
    expect(await edge.readFile('/var/lib/store/before')).toBe('kept\n')
  })

  it('makes a folder read-only for a while', async () => {
    const write = { check: false } as const
    const shut = await edge.readOnly('/etc')
    expect((await edge.exec('touch /etc/new', write)).stderr).toContain('Read-only file system')
    await shut[Symbol.asyncDispose]()
    expect((await edge.exec('touch /etc/new', write)).code).toBe(0)
  })

  it('says what a change has left behind, and nothing else', async () => {
    const before = await cloud.snapshot()
    expect(diffStates(before, await cloud.snapshot())).toEqual([])
    await cloud.exec(`echo x > /etc/added; ip link add left type bridge; iptables -N LEFT; mkdir -p /run/lost
      mount -t tmpfs tmpfs /run/lost; systemd-run --unit=lost sleep 600; sysctl -q net.ipv4.ip_forward=1`)
    const lines = diffStates(before, await cloud.snapshot()).map(({ kind, line }) => `${kind} ${line}`)
    for (const left of [
      'files /etc/added f 644 2',
      'links left',
      'mounts /run/lost tmpfs',
      'units lost.service',
    ]) {
      expect(lines.filter((line) => line.startsWith(left))).not.toEqual([])
    }
    expect(lines).toContain('rules iptables-save :LEFT -')
    expect(lines).toContain('processes /usr/bin/sleep 600')
    expect(lines).toContain('settings net.ipv4.ip_forward = 1')
  })

  it('takes no new link for one that has changed by itself', async () => {
    await cloud.exec(
      `ip link add new0 type veth peer name new1; ip link set new0 up; ip link set new1 up; sleep 0.1`,
    )
    const { stdout } = await cloud.exec('ip -6 addr show tentative')
    expect(stdout).toContain('new0')
    const before = await cloud.snapshot()
    await cloud.exec('sleep 3')
    expect(diffStates(before, await cloud.snapshot())).toEqual([])
    await cloud.exec('ip link delete new0')
  })

  it('keeps the disk through a power loss, and nothing else', async () => {
    await edge.exec('echo kept > /var/lib/kept; echo gone > /run/gone; ip link add gone type bridge')
    await edge.powerLoss()
    await expect(edge.exec('true')).rejects.toThrow('edge is off')
    expect(await readFile(path.join(edge.root, 'var/lib/kept'), 'utf8')).toBe('kept\n')
    await edge.boot()
    expect(
      (await edge.exec('cat /var/lib/kept; ls /run/gone; ip link show gone', { check: false })).stdout,
    ).toBe('kept\n')
    expect(await edge.readFile('/var/lib/store/before')).toBe('kept\n')
    await cloud.exec(['ping', '-c', '1', '-W', '2', edge.address])
    await edge.reboot()
    expect(await edge.journal('systemd-journald')).toContain('Journal stopped')
  })

  it('cuts the wire and joins it again', async () => {
    const ping = () => cloud.exec(['ping', '-c', '1', '-W', '1', edge.address], { check: false })
    const cut = await pair.cutLink()
    expect((await ping()).code).not.toBe(0)
    await cut[Symbol.asyncDispose]()
    await expect.poll(async () => (await ping()).code, { timeout: 10_000 }).toBe(0)
  })

  // Last: from here on the log is no longer empty.
  it('records who tries to get out, and the names that are asked for', async () => {
    expect(await pair.egress()).toEqual([])
    await cloud.exec('curl -sS -m 3 http://8.8.8.8/', { check: false })
    await edge.exec('curl -sS -m 3 https://registry.example/v2/', { check: false })
    await edge.exec('curl -sS -m 3 http://[2001:db8::1]:8080/', { check: false })
    await edge.exec('getent hosts web.default.svc.cluster.local', { check: false })
    expect(await pair.egress()).toEqual([
      { node: 'cloud', kind: 'packet', protocol: 'tcp', destination: '8.8.8.8', port: 80 },
      { node: 'edge', kind: 'name', protocol: 'dns', destination: 'registry.example' },
      {
        node: 'edge',
        kind: 'no-route',
        protocol: 'tcp',
        destination: '2001:db8::1',
        port: 8080,
        program: 'curl',
      },
    ])
  })
})

describe('leftovers', () => {
  it('are removed when the test run that made them was killed', async () => {
    const root = path.join(import.meta.dirname, '../..')
    const owner = spawn(process.execPath, ['scripts/run.mjs', 'test/support/nodes/hold.ts'], { cwd: root })
    for await (const line of createInterface({ input: owner.stdout })) if (line === 'up') break
    const before = await madeHere()
    owner.kill('SIGKILL')
    await once(owner, 'exit')
    const removed = await sweep()
    const ofRemoved = (line: string) => removed.some((id) => line.includes(id))
    expect(before.filter(ofRemoved).length).toBeGreaterThan(10)
    expect((await madeHere()).filter(ofRemoved)).toEqual([])
  })
})

/** All that bears a lab's id on this machine: control groups, mounts, network namespaces, processes, folders. */
async function madeHere(): Promise<string[]> {
  const { stdout } = await exec('sh', [
    '-c',
    'find /sys/fs/cgroup -name "edgelift-*"; cat /proc/self/mounts; ip netns list; ps -e -o args=; find "$1" -maxdepth 2; losetup; ls /run/systemd/nspawn/*',
    'sh',
    path.join(nodesFolder(), 'labs'),
  ])
  return stdout.split('\n')
}

describe('a node alone', () => {
  it('records attempts that have no route at all', async () => {
    await using lab = await airGappedNode({
      name: 'edge',
      image: 'debian-13',
      defaultRoute: false,
      nameserver: '8.8.8.8',
      mutate: (node) => node.writeFile('/etc/issue', 'changed\n'),
    })
    const { node } = lab
    expect(
      (await node.exec('cat /etc/issue; ip route show default; . /etc/os-release; echo $VERSION_ID')).stdout,
    ).toBe('changed\n13\n')
    const asked = await node.exec('getent hosts registry.example', { check: false })
    expect(asked.code).not.toBe(0)
    expect(await lab.egress()).toContainEqual({
      node: 'edge',
      kind: 'no-route',
      protocol: 'udp',
      destination: '8.8.8.8',
      port: 53,
      program: 'getent',
    })
  })

  it('may lose what was not flushed, and nothing else, with its power', async () => {
    await using lab = await airGappedNode({ volatileDisk: true })
    const { node } = lab
    await node.exec('echo kept > /var/lib/kept; echo kept > /root/kept; sync -f /root/kept')
    const write = 'for i in $(seq 500); do echo $i > $1/new-$i; done'
    await node.exec(['sh', '-c', `${write}; echo new > $1/kept`, 'sh', '/root'])
    await node.powerLoss()
    const after = await readdir(path.join(node.root, 'root'))
    expect(after.filter((name) => name.startsWith('new-')).length).toBeLessThan(500)
    await node.boot()
    expect(await node.readFile('/var/lib/kept')).toBe('kept\n')
    const again = 'echo again > /root/again; sync -f /root; rm /var/lib/kept'
    expect((await node.exec(`${again}; systemctl is-system-running`)).stdout).toBe('running\n')
    await node.powerLoss()
    await node.boot()
    expect((await node.exec('cat /root/again /var/lib/kept')).stdout).toBe('again\nkept\n')
  })
})

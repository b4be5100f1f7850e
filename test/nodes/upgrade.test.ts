import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Archives, nextReleaseArchives, releaseArchives } from '../support/archives.ts'
import { kubectl } from '../support/kubernetes/index.ts'
import { BUSYBOX, web } from '../support/kubernetes/web.ts'
import { NEXT_K3S_SHOWN } from '../support/next-release.ts'
import { airGappedTrio } from '../support/nodes/index.ts'
import type { TestNode, Trio } from '../support/nodes/types.ts'
import { inDirectory, PLACEHOLDERS, unpackOn } from '../support/unpacked.ts'

/** Seconds that a service may be away while a node is upgraded. */
const LONGEST_GAP = 10
const OLD_AGENT = 'v1.17.0'
const NEW_AGENT = 'v1.17.0-next'

let trio: Trio
let archives: { readonly old: Archives; readonly next: Archives }
const directories = new Map<TestNode, { readonly old: string; readonly next: string }>()

beforeAll(async () => {
  archives = { old: await releaseArchives(), next: await nextReleaseArchives() }
  trio = await airGappedTrio()
  for (const node of [trio.cloud, trio.edge, trio.edge2]) {
    const role = node === trio.cloud ? 'cloud' : 'edge'
    const old = await unpackOn(node, archives.old[role])
    directories.set(node, { old, next: await unpackOn(node, archives.next[role]) })
  }
})
afterAll(async () => {
  await trio?.[Symbol.asyncDispose]()
})

async function run(node: TestNode, release: 'old' | 'next', line: string): Promise<string> {
  const directory = directories.get(node)?.[release] ?? ''
  const { code, stdout, stderr } = await inDirectory(node, directory, line)
  expect(code, stdout + stderr).toBe(0)
  return stdout + stderr
}

/** Tags of EdgeMesh's agent by node, of pods that run and are not being deleted. */
async function agents(): Promise<Record<string, string>> {
  const selector = ['-l', 'kubeedge=edgemesh-agent', '-o', 'json']
  const { items } = JSON.parse(await kubectl(trio.cloud, ['-n', 'kubeedge', 'get', 'pods', ...selector])) as {
    items: {
      metadata: { deletionTimestamp?: string }
      spec: { nodeName: string; containers: { image: string }[] }
      status: { phase: string }
    }[]
  }
  const running = items.filter(
    ({ metadata, status }) => status.phase === 'Running' && !metadata.deletionTimestamp,
  )
  return Object.fromEntries(
    running.map(({ spec }) => [spec.nodeName, spec.containers[0]?.image.split(':')[1] ?? '']),
  )
}

/** Which services are asked from which node. */
const ASKED = {
  cloud: ['web-edge', 'web-edge-2'],
  edge: ['web-cloud', 'web-edge'],
  'edge-2': ['web-cloud', 'web-edge-2'],
} as const

/**
 * A pod that asks services by name five times a second and notes when each responded, by the uptime of the machine,
 * which all nodes share.
 */
function asker(node: keyof typeof ASKED): string {
  const ask = (service: string) =>
    `(while :; do timeout 1 wget -qO- http://${service}:12345 2>/dev/null | grep -q hello && cut -d' ' -f1 /proc/uptime >> /asked/${service}; sleep 0.2; done) &`
  return `apiVersion: apps/v1
kind: Deployment
metadata: {name: asker-${node}}
spec:
  selector: {matchLabels: {app: asker-${node}}}
  template:
    metadata: {labels: {app: asker-${node}}}
    spec:
      nodeName: ${node}
      terminationGracePeriodSeconds: 1
      volumes: [{name: asked, hostPath: {path: /var/asked, type: DirectoryOrCreate}}]
      containers:
        - name: asker
          image: ${BUSYBOX}
          command: [sh, -c, "${ASKED[node].map(ask).join(' ')} wait"]
          volumeMounts: [{name: asked, mountPath: /asked}]
`
}

async function responses(node: TestNode, service: string): Promise<number[]> {
  const text = await node.readFile(`/var/asked/${service}`).catch(() => '')
  return text.split('\n').filter(Boolean).map(Number)
}

async function uptime(): Promise<number> {
  return Number((await trio.cloud.readFile('/proc/uptime')).split(' ')[0])
}

/** Does something while services are asked; prints the longest time without a response from each, and limits it. */
async function watched(what: string, nodes: readonly TestNode[], action: () => Promise<void>): Promise<void> {
  const began = await uptime()
  await action()
  await new Promise((resolve) => setTimeout(resolve, 3000)) // what fails now fails because of it
  const ended = await uptime()
  const gaps: Record<string, number> = {}
  for (const node of nodes) {
    for (const service of ASKED[node.name as keyof typeof ASKED]) {
      if (service === 'web-edge-2' && !nodes.includes(trio.edge2)) continue
      const times = (await responses(node, service)).filter((time) => time >= began && time <= ended)
      const points = [began, ...times, ended]
      gaps[`${node.name} -> ${service}`] = Math.max(...points.map((at, i) => at - (points[i - 1] ?? at)))
    }
  }
  const list = Object.entries(gaps).map(([path, gap]) => `${path} ${gap.toFixed(1)} s`)
  process.stdout.write(`longest gaps, ${what}: ${list.join(', ')}\n`)
  for (const [path, gap] of Object.entries(gaps)) expect(gap, path).toBeLessThan(LONGEST_GAP)
}

async function askersWork(nodes: readonly TestNode[]): Promise<void> {
  for (const node of nodes) {
    for (const service of ASKED[node.name as keyof typeof ASKED]) {
      const since = await uptime()
      const recent = async () => (await responses(node, service)).filter((time) => time > since).length
      await expect
        .poll(recent, { timeout: 120_000, message: `${node.name} asks ${service}` })
        .toBeGreaterThan(3)
    }
  }
}

it('installs the older release on a cloud and two edges, with services on each', async () => {
  await run(trio.cloud, 'old', './install.sh --yes --node-ip 10.77.0.1 --advertise-addresses 10.77.0.1')
  await run(trio.cloud, 'old', './edgelift token --join edge-join.yaml')
  const join = await trio.cloud.readFile(`${directories.get(trio.cloud)?.old}/edge-join.yaml`)
  for (const edge of [trio.edge, trio.edge2]) {
    await edge.writeFile(`${directories.get(edge)?.old}/edge-join.yaml`, join, 0o600)
    await run(edge, 'old', './install.sh --yes --config edge-join.yaml')
  }
  for (const name of ['cloud', 'edge', 'edge-2'] as const) {
    await trio.cloud.writeFile(`/root/${name}.yaml`, `${web(name)}---\n${asker(name)}`)
    await kubectl(trio.cloud, ['apply', '-f', `/root/${name}.yaml`])
  }
  await askersWork([trio.cloud, trio.edge, trio.edge2])
})

async function document(node: TestNode, line: string): Promise<Record<string, unknown>> {
  const directory = directories.get(node)?.next ?? ''
  const { code, stdout, stderr } = await inDirectory(node, directory, `${line} --json`)
  expect(code, stdout + stderr).toBe(0)
  return JSON.parse(stdout)
}

it('shows what the upgrade would change, and nothing else', async () => {
  const { upgrade } = await document(trio.cloud, './install.sh --dry-run')
  expect(upgrade).toMatchObject({
    components: [
      { name: 'k3s', from: '1.34.2+k3s1', to: '1.34.3+k3s1' },
      { name: 'kubeedge', from: '1.22.0', to: '1.22.2' },
    ],
    images: {
      added: expect.arrayContaining([`docker.io/kubeedge/edgemesh-agent:${NEW_AGENT}`]),
      removed: expect.arrayContaining(['docker.io/kubeedge/cloudcore:v1.22.0']),
    },
    files: { changed: expect.arrayContaining(['/usr/local/bin/k3s', '/usr/local/bin/keadm']) },
    restarts: expect.arrayContaining(['k3s', 'pods of cloudcore', 'pods of edgemesh']),
  })
  const said = await run(trio.edge, 'next', './install.sh --dry-run')
  expect(said).toContain('kubeedge 1.22.0 -> 1.22.2')
  expect(said).toContain('upgrade the cloud')
  expect(said).not.toMatch(/containerd \d|mirrored-pause/)
})

it('upgrades the cloud while an edge is away, and edges keep the agent that they have', async () => {
  await trio.edge2.powerOff()
  await watched('cloud upgraded', [trio.cloud, trio.edge], async () => {
    const said = await run(trio.cloud, 'next', './install.sh --yes')
    expect(said).toContain('keeps its current version on edge, edge-2')
  })
  expect(await agents()).toMatchObject({ cloud: NEW_AGENT, edge: OLD_AGENT })
  for (const node of [trio.cloud, trio.edge]) {
    const seen = async () => (await document(node, './edgelift status')).versions
    // An edge has to connect to the new CloudCore first, which takes up to half a minute.
    await expect.poll(seen, { timeout: 90_000, interval: 2000 }).toMatchObject({
      cloud: { kubeedge: '1.22.2', kubernetes: NEXT_K3S_SHOWN },
      edges: expect.arrayContaining([expect.objectContaining({ name: 'edge', kubeedge: '1.22.0' })]),
    })
  }
})

it('upgrades an edge: the image first, then its agent', async () => {
  await watched('edge upgraded', [trio.cloud, trio.edge], async () => {
    await run(trio.edge, 'next', './install.sh --yes')
  })
  expect(await agents()).toMatchObject({ cloud: NEW_AGENT, edge: NEW_AGENT })
})

it('lets the edge that was away go on with what it has, and upgrades it then', async () => {
  await trio.edge2.boot()
  await askersWork([trio.edge2])
  expect(await agents()).toMatchObject({ 'edge-2': OLD_AGENT })
  await watched('edge-2 upgraded', [trio.cloud, trio.edge, trio.edge2], async () => {
    await run(trio.edge2, 'next', './install.sh --yes')
  })
  expect(await agents()).toEqual({ cloud: NEW_AGENT, edge: NEW_AGENT, 'edge-2': NEW_AGENT })
})

it('changes nothing when run again, and verifies', async () => {
  for (const node of [trio.cloud, trio.edge, trio.edge2]) {
    const before = await agents()
    const { stdout, code, stderr } = await node.exec(
      `cd '${directories.get(node)?.next}' && ./install.sh --yes --json`,
      { check: false, env: PLACEHOLDERS },
    )
    expect(code, stdout + stderr).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({ changed: false })
    expect(await agents()).toEqual(before)
    await run(node, 'next', './edgelift verify')
  }
})

it('refuses an older edge archive whose agent the cloud no longer wants, with the reason, within two minutes', async () => {
  await run(trio.edge2, 'next', './cleanup.sh --yes')
  await kubectl(trio.cloud, ['delete', 'node', 'edge-2'])
  await run(trio.cloud, 'next', './edgelift token --join edge-join.yaml')
  const { old = '' } = directories.get(trio.edge2) ?? {}
  const join = await trio.cloud.readFile(`${directories.get(trio.cloud)?.next}/edge-join.yaml`)
  await trio.edge2.writeFile(`${old}/edge-join.yaml`, join, 0o600)
  const began = performance.now()
  const { code, stderr } = await inDirectory(trio.edge2, old, './install.sh --yes --config edge-join.yaml')
  expect([code, stderr]).toEqual([1, expect.stringContaining('error[RELEASES_DIFFER]')])
  expect(performance.now() - began).toBeLessThan(120_000)
})

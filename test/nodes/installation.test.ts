import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Archives, releaseArchives } from '../support/archives.ts'
import { withoutNatProbes } from '../support/kubernetes/kubeedge/nat-probes.ts'
import { airGappedPair } from '../support/nodes/index.ts'
import type { Pair } from '../support/nodes/types.ts'
import { inDirectory, unpackOn } from '../support/unpacked.ts'

let archives: Archives
let pair: Pair
let cloud = ''
let edge = ''

beforeAll(async () => {
  archives = await releaseArchives()
  pair = await airGappedPair()
  cloud = await unpackOn(pair.cloud, archives.cloud)
  edge = await unpackOn(pair.edge, archives.edge)
})
afterAll(async () => {
  await pair?.[Symbol.asyncDispose]()
})

const onCloud = (line: string) => inDirectory(pair.cloud, cloud, line)
const onEdge = (line: string) => inDirectory(pair.edge, edge, line)

it('shows what it would do and changes nothing', async () => {
  const before = await pair.cloud.exec('find /etc /usr/local /var/lib -xdev | sort | sha256sum')
  const { code, stdout, stderr } = await onCloud('./install.sh --dry-run --node-ip 10.77.0.1 --json')
  expect(code, stdout + stderr).toBe(0)
  expect(JSON.parse(stdout)).toMatchObject({
    changed: false,
    plan: expect.arrayContaining([expect.objectContaining({ id: 'k3s' })]),
  })
  expect((await pair.cloud.exec('find /etc /usr/local /var/lib -xdev | sort | sha256sum')).stdout).toBe(
    before.stdout,
  )
})

it('refuses the archive of the other role with nothing changed', async () => {
  const { code, stderr } = await onCloud('./install.sh --yes --cloud 10.77.0.1')
  expect([code, stderr]).toEqual([2, expect.stringContaining('--cloud')])
})

it('installs the cloud', async () => {
  const { code, stdout, stderr } = await onCloud('./install.sh --yes --node-ip 10.77.0.1')
  expect(code, stdout + stderr + (await pair.cloud.journal('k3s')).slice(-3000)).toBe(0)
})

it('makes a join file of mode 0600, with which the edge joins', async () => {
  expect(await onCloud('./edgelift token --join edge-join.yaml')).toMatchObject({ code: 0 })
  expect((await pair.cloud.exec(`stat -c %a ${cloud}/edge-join.yaml`)).stdout.trim()).toBe('600')
  await pair.edge.writeFile(
    `${edge}/edge-join.yaml`,
    await pair.cloud.readFile(`${cloud}/edge-join.yaml`),
    0o600,
  )
  const { code, stdout, stderr } = await onEdge('./install.sh --yes --config edge-join.yaml')
  expect(code, stdout + stderr + (await pair.edge.journal('edgecore')).slice(-3000)).toBe(0)
})

it('verifies on both nodes', async () => {
  for (const run of [onCloud, onEdge]) {
    const { code, stdout, stderr } = await run('./edgelift verify')
    expect(code, stdout + stderr).toBe(0)
  }
})

it('run again, changes nothing', async () => {
  for (const [run, line] of [
    [onCloud, './install.sh --yes --node-ip 10.77.0.1 --json'],
    [onEdge, './install.sh --yes --config edge-join.yaml --json'],
  ] as const) {
    const { code, stdout, stderr } = await run(line)
    expect(code, stdout + stderr).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({ changed: false, applied: [] })
  }
})

it('attempted nothing but each other', async () => {
  expect(withoutNatProbes(await pair.egress())).toEqual([])
})

it('cleans up both nodes, and says so', async () => {
  for (const run of [onEdge, onCloud]) {
    const { code, stdout, stderr } = await run('./cleanup.sh --yes')
    expect(code, stdout + stderr).toBe(0)
    expect((await run('./edgelift status')).stdout).toContain('not installed')
  }
})

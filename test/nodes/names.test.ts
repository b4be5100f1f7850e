import { afterAll, beforeAll, expect, it } from 'vitest'
import { releaseArchives } from '../support/archives.ts'
import { airGappedTrio } from '../support/nodes/index.ts'
import type { TestNode, Trio } from '../support/nodes/types.ts'
import { inDirectory, unpackOn } from '../support/unpacked.ts'

let trio: Trio
let cloud = ''
const edges: { node: TestNode; directory: string }[] = []
const onCloud = (line: string) => inDirectory(trio.cloud, cloud, line)

beforeAll(async () => {
  const archives = await releaseArchives()
  trio = await airGappedTrio()
  cloud = await unpackOn(trio.cloud, archives.cloud)
  for (const node of [trio.edge, trio.edge2])
    edges.push({ node, directory: await unpackOn(node, archives.edge) })
  const { code, stdout, stderr } = await onCloud('./install.sh --yes --node-ip 10.77.0.1')
  expect(code, stdout + stderr).toBe(0)
})
afterAll(async () => {
  await trio?.[Symbol.asyncDispose]()
})

it('of two machines that join under one name in the same second one is refused, and the other goes on', async () => {
  await onCloud('./edgelift token --join /root/edge-join.yaml')
  const text = await trio.cloud.readFile('/root/edge-join.yaml')
  for (const { node, directory } of edges) await node.writeFile(`${directory}/edge-join.yaml`, text, 0o600)
  const line = './install.sh --yes --config edge-join.yaml --node-name press'
  const runs = await Promise.all(edges.map(({ node, directory }) => inDirectory(node, directory, line)))
  const refused = runs.filter(({ code }) => code !== 0)
  expect(refused).toHaveLength(1)
  expect(refused[0]?.stderr).toContain('NODE_NAME_SHARED')
  const winner = edges[runs.findIndex(({ code }) => code === 0)]
  const doctor = async () =>
    winner === undefined ? '' : (await inDirectory(winner.node, winner.directory, './edgelift doctor')).stdout
  await expect.poll(doctor, { timeout: 120_000, interval: 5000 }).toContain('nothing is wrong')
})

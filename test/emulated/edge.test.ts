import { afterAll, beforeAll, expect, it } from 'vitest'
import { releaseArchives } from '../support/archives.ts'
import { emulatedEdgePair, type Pair } from '../support/nodes/index.ts'
import { inDirectory, takeJoinFile, unpackOn } from '../support/unpacked.ts'

/** The same installation on Debian's own kernel, with control groups of version 2: what a container cannot show. */
let pair: Pair
let cloud = ''
let edge = ''

beforeAll(async () => {
  const archives = await releaseArchives()
  pair = await emulatedEdgePair()
  cloud = await unpackOn(pair.cloud, archives.cloud)
  edge = await unpackOn(pair.edge, archives.edge)
})
afterAll(async () => {
  await pair?.[Symbol.asyncDispose]()
})

const onCloud = (line: string) => inDirectory(pair.cloud, cloud, line)
const onEdge = (line: string) => inDirectory(pair.edge, edge, line)

async function runs(run: typeof onCloud, line: string): Promise<string> {
  const { code, stdout, stderr } = await run(line)
  expect(code, stdout + stderr).toBe(0)
  return stdout
}

it('joins a cloud, verifies, survives a power loss, and cleans up', async () => {
  expect((await pair.edge.exec('stat -f -c %T /sys/fs/cgroup')).stdout).toBe('cgroup2fs\n')
  await runs(onCloud, './install.sh --yes --node-ip 10.77.0.1')
  await takeJoinFile(pair, { cloud, edge })
  await runs(onEdge, './install.sh --yes --config edge-join.yaml')
  await runs(onEdge, './edgelift verify')
  await runs(onCloud, './edgelift verify')
  await pair.edge.powerLoss()
  await pair.edge.boot()
  await runs(onEdge, './install.sh --yes --config edge-join.yaml')
  await runs(onEdge, './edgelift verify')
  await runs(onEdge, './cleanup.sh --yes')
  const left = await pair.edge.exec(
    'ls /var/lib/containerd /etc/kubeedge; ip -br link; find /sys/fs/cgroup -name "kubepods*"',
    {
      check: false,
    },
  )
  expect(left.stdout).not.toMatch(/kubepods|edgemesh0|cni0|veth|io\.containerd/)
})

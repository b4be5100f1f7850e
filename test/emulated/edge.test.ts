import { expect, it } from 'vitest'
import { emulatedEdgePair } from '../support/nodes/index.ts'
import { succeeds, unpackedPair } from '../support/unpacked-pair.ts'

/** The same installation on Debian's own kernel, with control groups of version 2: what a container cannot show. */
const pair = unpackedPair({ open: emulatedEdgePair })
const { onCloud, onEdge } = pair

it('joins a cloud, verifies, survives a power loss, and cleans up', async () => {
  expect((await pair.edge.exec('stat -f -c %T /sys/fs/cgroup')).stdout).toBe('cgroup2fs\n')
  await succeeds(onCloud, './install.sh --yes --node-ip 10.77.0.1')
  await pair.takeJoinFile()
  await succeeds(onEdge, './install.sh --yes --config edge-join.yaml')
  await succeeds(onEdge, './edgelift verify')
  await succeeds(onCloud, './edgelift verify')
  await pair.edge.powerLoss()
  await pair.edge.boot()
  await succeeds(onEdge, './install.sh --yes --config edge-join.yaml')
  await succeeds(onEdge, './edgelift verify')
  await succeeds(onEdge, './cleanup.sh --yes')
  const left = await pair.edge.exec(
    'ls /var/lib/containerd /etc/kubeedge; ip -br link; find /sys/fs/cgroup -name "kubepods*"',
    {
      check: false,
    },
  )
  expect(left.stdout).not.toMatch(/kubepods|edgemesh0|cni0|veth|io\.containerd/)
})

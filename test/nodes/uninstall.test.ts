import { beforeAll, expect, it } from 'vitest'
import type { TestNode } from '../support/nodes/types.ts'
import { inDirectory } from '../support/unpacked.ts'
import { succeeds, unpackedPair } from '../support/unpacked-pair.ts'

/**
 * Machines on which the operator has given the stack's folders disks of their own before, and that are cleaned up from
 * another directory than they were installed from: mounts, binds and links stay, their content goes.
 */
const pair = unpackedPair()
const { onCloud, onEdge } = pair

const K3S = '/var/lib/rancher/k3s'
/** Folders as the operator prepared them: how, and whether they are still so. */
const PREPARED = {
  cloud: `mkdir -p /var/lib/disk/k3s /var/lib/disk/pvc ${K3S} && mount --bind /var/lib/disk/k3s ${K3S}
    mkdir ${K3S}/storage && mount --bind /var/lib/disk/pvc ${K3S}/storage
    mkdir -p /var/lib/disk/kubelet && ln -s /var/lib/disk/kubelet /var/lib/kubelet`,
  edge: `mkdir -p /var/lib/disk/containerd /var/lib/kubelet && ln -s /var/lib/disk/containerd /var/lib/containerd
    mkdir /var/lib/disk/pods && mount --bind /var/lib/disk/pods /var/lib/kubelet`,
}
const PLACES = `for place in ${K3S} ${K3S}/storage /var/lib/kubelet; do mountpoint "$place"; done
  readlink /var/lib/kubelet /var/lib/containerd`
const CONTENT = 'find /var/lib/disk -mindepth 2 | sort'
/** What stays of the cloud's. A mount on a bind mount is seen at its source as well. */
const VOLUME = ['/var/lib/disk/k3s/storage', '/var/lib/disk/k3s/storage/volume', '/var/lib/disk/pvc/volume']
const shell = async (node: TestNode, line: string) => (await node.exec(line, { check: false })).stdout

beforeAll(async () => {
  await pair.cloud.exec(PREPARED.cloud)
  await pair.edge.exec(PREPARED.edge)
})

/** Makes a directory pass for that of a newer release: a cleanup takes nothing from its manifest but the role. */
async function anotherVersion(node: TestNode, directory: string): Promise<string> {
  const manifest = JSON.parse(await node.readFile(`${directory}/manifest.json`))
  const newer = { ...manifest, name: 'kubeedge-newer-9.9.9', images: [], charts: [], lock: 'sha256-other' }
  await node.exec(`mv '${directory}' /opt/newer`)
  await node.writeFile('/opt/newer/manifest.json', `${JSON.stringify(newer, null, 2)}\n`)
  return '/opt/newer'
}

it('installs both on folders that are mounts and links', async () => {
  const places = [await shell(pair.cloud, PLACES), await shell(pair.edge, PLACES)]
  await succeeds(onCloud, './install.sh --yes --node-ip 10.77.0.1')
  await pair.takeJoinFile()
  await succeeds(onEdge, './install.sh --yes --config edge-join.yaml')
  expect(await shell(pair.cloud, CONTENT)).toContain('/var/lib/disk/k3s/server')
  expect(await shell(pair.edge, CONTENT)).toContain('/var/lib/disk/containerd/io.containerd')
  await pair.cloud.exec(`echo data >${K3S}/storage/volume`)
  expect([await shell(pair.cloud, PLACES), await shell(pair.edge, PLACES)]).toEqual(places)
})

it("takes everything back from another version's directory, and leaves mounts, links and volumes", async () => {
  for (const [node, directory] of [
    [pair.edge, pair.directories.edge],
    [pair.cloud, pair.directories.cloud],
  ] as const) {
    const places = await shell(node, PLACES)
    const { code, stdout, stderr } = await inDirectory(
      node,
      await anotherVersion(node, directory),
      './cleanup.sh --yes',
    )
    expect(code, stdout + stderr).toBe(0)
    expect(await shell(node, PLACES)).toBe(places)
    expect((await shell(node, CONTENT)).split('\n').filter(Boolean)).toEqual(
      node === pair.cloud ? VOLUME : [],
    )
    expect(await shell(node, 'ls /var/lib/edgelift /usr/local/bin')).not.toMatch(/receipt|k3s|edgecore/)
  }
})

it('purges volumes, too, and still leaves their disk', async () => {
  const places = await shell(pair.cloud, PLACES)
  const { code, stdout, stderr } = await inDirectory(pair.cloud, '/opt/newer', './cleanup.sh --yes --purge')
  expect(code, stdout + stderr).toBe(0)
  expect([await shell(pair.cloud, PLACES), await shell(pair.cloud, CONTENT)]).toEqual([
    places,
    '/var/lib/disk/k3s/storage\n',
  ])
})

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type OciArchive, writeOciArchive } from '../support/images/oci-archive.ts'
import {
  IMAGES_FOLDER,
  installK3sDouble,
  k3sProgram,
  kubectl,
  kubernetesImage,
  putImages,
  waitFor,
} from '../support/kubernetes/index.ts'
import { airGappedPair, type Pair } from '../support/nodes/index.ts'

const BUSYBOX = 'docker.io/rancher/mirrored-library-busybox:1.36.1'
const CONTAINERD_LOG = '/var/lib/rancher/k3s/agent/containerd/containerd.log'
const KLIPPER = 'docker.io/rancher/klipper-lb:v0.4.13'

let pair: Pair
let work: string
beforeAll(async () => {
  work = await mkdtemp(path.join(tmpdir(), 'kubernetes-'))
  pair = await airGappedPair()
  await installK3sDouble(pair.cloud, { nodeName: 'cloud', nodeIp: pair.cloud.address, images: [BUSYBOX] })
})
afterAll(async () => {
  await pair?.[Symbol.asyncDispose]()
  await rm(work, { recursive: true, force: true })
})

const inCloud = async (command: string): Promise<string> => (await pair.cloud.exec(command)).stdout
const imageNames = async (): Promise<string[]> => (await inCloud('k3s ctr images ls -q')).trim().split('\n')

/** Puts a small image, of a layer that no other has, into the folder that the running K3s watches. */
async function drop(file: string, how: OciArchive): Promise<void> {
  const archive = path.join(work, file)
  const recipe = await kubernetesImage(KLIPPER)
  const own = { path: '/etc/own', mode: 0o644, source: Buffer.from(file) }
  await writeOciArchive({ ...recipe, files: [...recipe.files, own] }, archive, how)
  await pair.cloud.copyIn(archive, path.join(IMAGES_FOLDER, file))
}

function said(words: RegExp): Promise<boolean> {
  return waitFor(`k3s says ${words}`, async () => words.test(await pair.cloud.journal('k3s')))
}

describe('K3s on an air-gapped node', () => {
  it('is a Ready node of the right version, with the files that others look for', async () => {
    const nodes = await kubectl(pair.cloud, ['get', 'nodes', '-o', 'wide', '--no-headers'])
    expect(nodes).toMatch(/^cloud +Ready +control-plane .* v1\.34\.2\+k3s1 +\S+ .*containerd:\/\/2\.1\.5/)
    expect(await inCloud('k3s --version')).toContain('k3s version v1.34.2+k3s1')
    expect(await inCloud('stat -c %a /etc/rancher/k3s/k3s.yaml')).toBe('600\n')
    expect(await inCloud('cat /var/lib/rancher/k3s/server/node-token')).toMatch(
      /^K10[0-9a-f]{64}::server:\S+\n$/,
    )
  })

  it('runs a Deployment behind a Service from images that came in files, and pulls nothing', async () => {
    await kubectl(pair.cloud, ['apply', '-f', '-'], { input: WEB })
    await kubectl(pair.cloud, ['rollout', 'status', 'deployment/web', '--timeout=60s'])
    // A pod that is ready is not in kube-proxy's rules yet, and until the Service is, requests leave by the default route.
    await waitFor('kube-proxy knows the Service', async () =>
      /-A KUBE-SEP-.*default\/web\b/.test(await inCloud('iptables-save -t nat')),
    )
    const fetch = ['timeout', '5', 'wget', '-qO-', 'http://web.default.svc.cluster.local']
    const fetched = () => kubectl(pair.cloud, ['exec', 'deployment/web', '--', ...fetch]).catch(String)
    await expect.poll(fetched, { timeout: 30_000 }).toBe('hello from a file\n')
    expect(await inCloud(`grep PullImage ${CONTAINERD_LOG} || true`)).toBe('')
    expect(await pair.egress()).toEqual([])
  })

  it('pins what it imports, also while it runs', async () => {
    await putImages(pair.cloud, [KLIPPER])
    await waitFor(`${KLIPPER} is there`, async () => (await imageNames()).includes(KLIPPER))
    const listed = await inCloud(`k3s ctr images ls name==${KLIPPER}`)
    expect(listed).toContain('io.cattle.k3s.pinned=pinned')
    expect(listed).toContain('io.cri-containerd.pinned=pinned')
  })

  it('says nothing of an archive without a name', async () => {
    const before = await imageNames()
    await drop('nameless.tar', {})
    await said(/Imported images from .*nameless\.tar/)
    expect(await imageNames()).toEqual(before)
  })

  it('complains about a tag without a repository, and runs on', async () => {
    await drop('tag.tar', { name: 'v1' })
    await said(/can't cast reference\.repository to NamedTagged/)
    expect(await inCloud('systemctl is-active k3s')).toBe('active\n')
  })

  it('takes an image with a damaged layer for imported', async () => {
    const name = 'docker.io/example/damaged:v1'
    await drop('damaged.tar', { name, damaged: true })
    await said(/Imported docker\.io\/example\/damaged:v1/)
    expect(await inCloud(`k3s ctr images check name==${name}`)).toContain('incomplete')
  })

  it('tries to pull what a text file lists', async () => {
    const list = path.join(IMAGES_FOLDER, 'list.txt')
    await pair.cloud.writeFile(list, '127.0.0.1:9/listed:v1\n')
    await said(/Pulling image 127\.0\.0\.1:9\/listed:v1/)
    await inCloud(`rm ${list}`)
  })

  it('ends over an argument that a component does not know, and systemd says "protocol"', async () => {
    const dropIn = '/etc/rancher/k3s/config.yaml.d/wrong.yaml'
    await pair.cloud.writeFile(dropIn, 'kube-scheduler-arg: ["no-such-flag=1"]\n')
    const restarted = await pair.cloud.exec('systemctl restart k3s', { check: false })
    expect(restarted.code).not.toBe(0)
    const journal = await pair.cloud.journal('k3s')
    expect(journal).toContain('unknown flag: --no-such-flag')
    expect(await inCloud('journalctl --no-pager | grep k3s.service:')).toContain(
      "Failed with result 'protocol'",
    )
    await inCloud(`systemctl stop k3s; rm ${dropIn}; systemctl restart k3s`)
    await kubectl(pair.cloud, ['wait', '--for=condition=Ready', 'node/cloud', '--timeout=60s'])
  })
})

describe('K3s on a node that is not ready for it', () => {
  it('ends with 1 over a flag that is none, and without a default route or a node-ip', async () => {
    await pair.edge.copyIn(await k3sProgram(), '/usr/local/bin/k3s')
    await pair.edge.exec('chmod 755 /usr/local/bin/k3s && ip route del default')
    const flag = await pair.edge.exec('k3s server --no-such-flag', { check: false })
    expect([flag.code, flag.stderr]).toEqual([
      1,
      expect.stringContaining('flag provided but not defined: -no-such-flag'),
    ])
    const route = await pair.edge.exec('k3s server', { check: false, timeout: 30_000 })
    expect([route.code, route.stderr]).toEqual([1, expect.stringContaining('no default routes found')])
  })
})

const WEB = `apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
        - name: web
          image: ${BUSYBOX}
          command: [sh, -c, "mkdir /www; echo hello from a file > /www/index.html; exec httpd -f -p 8080 -h /www"]
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}
`

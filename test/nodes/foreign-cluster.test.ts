import { beforeAll, expect, it } from 'vitest'
import { installK3sDouble, kubectl } from '../support/kubernetes/index.ts'
import { unexpected } from '../support/kubernetes/unexpected.ts'
import { unpackedPair } from '../support/unpacked-pair.ts'

const KUBECONFIG = '/etc/rancher/k3s/k3s.yaml'
const NODE = 'plant-server'
const CRD = 'destinationrules.networking.istio.io'

const ASK_FIRST = `apiVersion: kubectl.config.k8s.io/v1beta1
kind: Preference
defaults:
  - command: delete
    options: [{ name: interactive, default: "true" }]
`

const pair = unpackedPair()
const { onCloud, onEdge } = pair
/** What the cluster's own people see of it, before edgelift comes. */
let before = ''

beforeAll(async () => {
  await installK3sDouble(pair.cloud, { nodeName: NODE, nodeIp: pair.cloud.address })
  // Somebody has one of the CRDs already: it is not edgelift's to take away.
  await kubectl(pair.cloud, [
    'apply',
    '--server-side',
    '-f',
    `${pair.directories.cloud}/crds/istio/destinationrules.yaml`,
  ])
  // Its people have kubectl ask before it deletes anything: nobody answers an installer's.
  await pair.cloud.writeFile('/root/.kube/kuberc', ASK_FIRST)
  before = await theirs()
})

const install = (more = '') => onCloud(`./install-kubeedge-only.sh --yes --kubeconfig ${KUBECONFIG} ${more}`)

async function theirs(): Promise<string> {
  const shown = await pair.cloud.exec(
    [
      'systemctl show -p MainPID --value k3s',
      'sha256sum /usr/local/bin/k3s /etc/rancher/k3s/config.yaml /etc/systemd/system/k3s.service',
      'ls /usr/local/bin /var/lib/rancher/k3s/agent/images /etc/rancher/k3s',
      'k3s ctr images ls | cut -c1-60,100- | sort',
      "k3s kubectl get namespaces,crds -o name | sort; k3s kubectl get service kubernetes -o 'jsonpath={.metadata.labels}'",
    ].join('; '),
  )
  return shown.stdout
}

it('says what is wrong with a cluster that cannot be had', async () => {
  const { code, stderr } = await onCloud('./install-kubeedge-only.sh --yes --kubeconfig /root/none.yaml')
  expect([code, stderr]).toEqual([3, expect.stringContaining('KUBECONFIG_UNUSABLE')])
  const other = await install('--node-name elsewhere')
  expect([other.code, other.stderr]).toEqual([3, expect.stringContaining(NODE)])
  expect(await theirs()).toBe(before)
})

it("looks with the archive's own kubectl and ctr where the host has none", async () => {
  await pair.cloud.exec('mv /usr/local/bin/k3s /root/k3s')
  const { code, stdout, stderr } = await onCloud(
    `./install-kubeedge-only.sh --dry-run --json --kubeconfig ${KUBECONFIG}`,
  )
  await pair.cloud.exec('mv /root/k3s /usr/local/bin/k3s')
  expect(code, stdout + stderr).toBe(0)
  expect(JSON.parse(stdout)).toMatchObject({
    ready: true,
    plan: expect.arrayContaining([expect.objectContaining({ id: 'images' })]),
  })
})

it("brings KubeEdge to the cluster, into this node's containerd, and nothing else to the machine", async () => {
  const { code, stdout, stderr } = await install()
  expect(code, stdout + stderr).toBe(0)
  const files = await pair.cloud.exec(
    'ls /usr/local/bin /etc/rancher/k3s; systemctl show -p MainPID --value k3s',
  )
  expect(files.stdout).not.toMatch(/keadm|killall/)
  expect(before).toContain(files.stdout.trim().split('\n').at(-1))
  const images = (await pair.cloud.exec('k3s ctr images ls')).stdout.split('\n')
  const line = (name: string) => images.find((one) => one.startsWith(`docker.io/${name}`))
  for (const name of ['kubeedge/cloudcore:', 'kubeedge/edgemesh-agent:', 'rancher/mirrored-library-busybox:'])
    expect(line(name)).toContain('io.cri-containerd.pinned=pinned')
  expect(line('kubeedge/edgemesh-gateway:')).toBeUndefined()
  const pod = await kubectl(pair.cloud, [
    '-n',
    'kubeedge',
    'get',
    'pods',
    '-l',
    'kubeedge=cloudcore',
    '-o',
    'wide',
  ])
  expect(pod).toMatch(new RegExp(`Running.*${NODE}`))
})

it('is joined by an edge, and verifies on both', async () => {
  const join = await pair.takeJoinFile()
  const joined = await onEdge('./install.sh --yes --config edge-join.yaml')
  expect(joined.code, joined.stdout + joined.stderr + join).toBe(0)
  for (const run of [onCloud, onEdge]) {
    const { code, stdout, stderr } = await run('./edgelift verify')
    expect(code, stdout + stderr).toBe(0)
  }
})

it('run again, changes nothing; and a whole installation is refused', async () => {
  const { code, stdout, stderr } = await install('--json')
  expect(code, stdout + stderr).toBe(0)
  expect(JSON.parse(stdout)).toMatchObject({ changed: false, applied: [] })
  const whole = await onCloud('./install.sh --yes --node-ip 10.77.0.1')
  expect([whole.code, whole.stderr]).toEqual([3, expect.stringContaining('ANSWER_CHANGED')])
})

it('is known to a cleanup by what is there, though the receipt is lost', async () => {
  await pair.cloud.exec('mv /var/lib/edgelift/receipt.json /root')
  const { code, stdout, stderr } = await onCloud('./cleanup.sh --dry-run --json')
  await pair.cloud.exec('mv /root/receipt.json /var/lib/edgelift')
  expect(code, stdout + stderr).toBe(0)
  const undone = JSON.parse(stdout).plan.map(({ id }: { id: string }) => id)
  expect(undone).toEqual([
    ...['mesh-refresh', 'mesh-refresh-program', 'mesh-refresh-objects'],
    ...['chart-edgemesh', 'chart-cloudcore', 'service-label'],
  ])
})

it('does not leave half of it behind when the cluster is down', async () => {
  await pair.cloud.exec('systemctl stop k3s')
  const { code, stderr } = await onCloud('./cleanup.sh --yes')
  expect([code, stderr]).toEqual([1, expect.stringContaining('does not respond')])
  await pair.cloud.exec('systemctl start k3s', { timeout: 120_000 })
})

it('leaves the cluster as it was', async () => {
  const pid = (await pair.cloud.exec('systemctl show -p MainPID --value k3s')).stdout
  const { code, stdout, stderr } = await onCloud('./cleanup.sh --yes')
  expect(code, stdout + stderr).toBe(0)
  await expect
    .poll(() => kubectl(pair.cloud, ['get', 'namespaces', '-o', 'name']), { timeout: 60_000, interval: 1000 })
    .not.toContain('kubeedge')
  expect((await theirs()).replace(/^\d+\n/, '')).toBe(before.replace(/^\d+\n/, ''))
  expect(before).toContain(CRD)
  expect((await pair.cloud.exec('systemctl show -p MainPID --value k3s')).stdout).toBe(pid)
  expect((await pair.cloud.exec('ls /var/lib/edgelift')).stdout).not.toMatch(/k3s-programs|marks|receipt/)
})

it('attempted nothing but each other', async () => {
  expect(unexpected(await pair.egress())).toEqual([])
})

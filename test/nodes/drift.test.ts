import { afterAll, beforeAll, expect, it } from 'vitest'
import { releaseArchives } from '../support/archives.ts'
import { airGappedPair } from '../support/nodes/index.ts'
import type { Pair } from '../support/nodes/types.ts'
import { inDirectory, takeJoinFile, unpackOn } from '../support/unpacked.ts'

const BUSYBOX = 'docker.io/rancher/mirrored-library-busybox:1.36.1'
const COREDNS = 'docker.io/rancher/mirrored-coredns-coredns:1.13.1'
const AGENT = 'docker.io/kubeedge/edgemesh-agent:v1.17.0'
const KUBECTL = 'k3s kubectl -n kubeedge'
const GUIDE = '{"data":{"cloudcore.yaml":"modules:\\n  dynamicController:\\n    enable: true\\n"}}'

let pair: Pair
let cloud = ''
let edge = ''
const onCloud = (line: string) => inDirectory(pair.cloud, cloud, line)
const onEdge = (line: string) => inDirectory(pair.edge, edge, line)

beforeAll(async () => {
  const archives = await releaseArchives()
  pair = await airGappedPair()
  cloud = await unpackOn(pair.cloud, archives.cloud)
  edge = await unpackOn(pair.edge, archives.edge)
  await succeeds(onCloud, './install.sh --yes --node-ip 10.77.0.1')
  await takeJoinFile(pair, { cloud, edge })
  await succeeds(onEdge, './install.sh --yes --config edge-join.yaml')
})
afterAll(async () => {
  await pair?.[Symbol.asyncDispose]()
})

async function succeeds(run: typeof onCloud, line: string): Promise<string> {
  const { code, stdout, stderr } = await run(line)
  expect(code, stdout + stderr).toBe(0)
  return stdout + stderr
}

/** What a person does by hand, and where it shows. */
interface Change {
  readonly line: string
  readonly step: string
  readonly place: string
  /** What `./install.sh` says of it. */
  readonly said?: RegExp
}

const appended = (step: string, place: string): Change => ({
  line: `echo '# by hand' >> ${place}`,
  step,
  place,
  said: new RegExp(
    `${place.replaceAll('.', '\\.')} was changed by hand: .* is kept as /var/lib/edgelift/replaced/`,
  ),
})

const CLOUD: readonly Change[] = [
  appended('k3s', '/etc/rancher/k3s/config.yaml'),
  appended('k3s', '/etc/systemd/system/k3s.service'),
  { line: `k3s ctr -n k8s.io images rm ${BUSYBOX}`, step: 'k3s-start', place: BUSYBOX },
  {
    line: `k3s ctr -n k8s.io images label ${COREDNS} io.cri-containerd.pinned=`,
    step: 'k3s-start',
    place: COREDNS,
  },
  {
    line: './bin/helm --kubeconfig /etc/rancher/k3s/k3s.yaml -n kubeedge upgrade edgemesh helm-charts/edgemesh.tgz --server-side=false --reuse-values --set agent.resources.limits.memory=333Mi',
    step: 'chart-edgemesh',
    place: 'kubeedge/edgemesh',
  },
  {
    line: `${KUBECTL} set env daemonset/edgemesh-agent HAND=made`,
    step: 'chart-edgemesh',
    place: 'DaemonSet edgemesh-agent',
    said: /DaemonSet edgemesh-agent was changed by hand .* is kept as /,
  },
  {
    line: `${KUBECTL} patch configmap cloudcore --type=merge -p '${GUIDE}'`,
    step: 'chart-cloudcore',
    place: 'ConfigMap cloudcore',
    said: /ConfigMap cloudcore was changed by hand .* is kept as /,
  },
  {
    line: `${KUBECTL} delete crd gateways.networking.istio.io`,
    step: 'istio-crds',
    place: 'CustomResourceDefinition gateways.networking.istio.io',
  },
  {
    line: `${KUBECTL} delete crd rules.rules.kubeedge.io`,
    step: 'chart-cloudcore',
    place: 'CustomResourceDefinition rules.rules.kubeedge.io',
    said: /CustomResourceDefinition rules\.rules\.kubeedge\.io was deleted/,
  },
  {
    line: `${KUBECTL} delete clusterrole edgemesh-agent`,
    step: 'chart-edgemesh',
    place: 'ClusterRole edgemesh-agent',
    said: /ClusterRole edgemesh-agent was deleted/,
  },
]

const EDGE: readonly Change[] = [
  appended('container-runtime', '/etc/containerd/config.toml'),
  appended('container-runtime', '/etc/systemd/system/containerd.service'),
  appended('edgecore', '/etc/systemd/system/edgecore.service'),
  appended('container-runtime', '/etc/cni/net.d/10-containerd-net.conflist'),
  appended('container-runtime', '/etc/sysctl.d/90-edgelift.conf'),
  {
    line: 'rm /opt/cni/bin/portmap',
    step: 'container-runtime',
    place: '/opt/cni/bin/portmap',
    said: /\/opt\/cni\/bin\/portmap was deleted/,
  },
  {
    line: "sed -i 's/cgroupDriver: systemd/cgroupDriver: cgroupfs/' /etc/kubeedge/config/edgecore.yaml",
    step: 'edgecore-config',
    place: '/etc/kubeedge/config/edgecore.yaml',
    said: /edgecore\.yaml .*cgroupDriver.* is kept as /,
  },
  { line: `ctr -n k8s.io images rm ${AGENT}`, step: 'images', place: AGENT },
  {
    line: `ctr -n k8s.io images label ${BUSYBOX} io.cri-containerd.pinned=`,
    step: 'images',
    place: BUSYBOX,
  },
]

interface Place {
  readonly step?: string
  readonly place?: string
}

it.each([
  ['cloud', () => onCloud, CLOUD],
  ['edge', () => onEdge, EDGE],
] as const)(
  'on the %s, what is changed by hand is told with its step and place, and mended',
  async (_role, node, changes) => {
    const run = node()
    const drift = async () =>
      (JSON.parse((await run('./edgelift status --json')).stdout) as { drift: Place[] }).drift
    expect(await drift()).toEqual([])
    for (const { line } of changes) await succeeds(run, line)
    const places = changes.map(({ step, place }) => ({ step, place }))
    const told = (found: readonly Place[]) => found.map(({ step, place }) => ({ step, place }))
    expect(told(await drift())).toEqual(expect.arrayContaining(places))
    const doctor = await run('./edgelift doctor --json')
    const { diagnoses } = JSON.parse(doctor.stdout) as { diagnoses: Place[] }
    expect(doctor.code).toBe(1)
    expect(told(diagnoses)).toEqual(expect.arrayContaining(places))
    expect((await run('./edgelift status')).stdout).toContain('Changed since the installation')
    const said = await succeeds(run, './install.sh --yes')
    for (const change of changes) if (change.said) expect(said).toMatch(change.said)
    expect(await drift()).toEqual([])
  },
)

it('is then well, on both nodes', async () => {
  for (const run of [onCloud, onEdge])
    await expect
      .poll(async () => (await run('./edgelift doctor')).stdout, { timeout: 120_000, interval: 5000 })
      .toContain('nothing is wrong')
})

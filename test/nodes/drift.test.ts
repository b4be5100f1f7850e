import { stat } from 'node:fs/promises'
import path from 'node:path'
import { expect, it } from 'vitest'
import { lineDeltas } from '../support/archives.ts'
import { kubectl, waitFor } from '../support/kubernetes/index.ts'
import { LINE_APP } from '../support/line-release.ts'
import { inDirectory, unpackOn } from '../support/unpacked.ts'
import { installedPair, type Run, succeeds } from '../support/unpacked-pair.ts'

const BUSYBOX = 'docker.io/rancher/mirrored-library-busybox:1.36.1'
const COREDNS = 'docker.io/rancher/mirrored-coredns-coredns:1.13.1'
const AGENT = 'docker.io/kubeedge/edgemesh-agent:v1.17.0'
const KUBECTL = 'k3s kubectl -n kubeedge'
const GUIDE = '{"data":{"cloudcore.yaml":"modules:\\n  dynamicController:\\n    enable: true\\n"}}'

const pair = installedPair()
const { onCloud, onEdge } = pair

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
    line: './bin/helm --kubeconfig /etc/rancher/k3s/k3s.yaml -n kubeedge upgrade edgemesh helm-charts/edgemesh.tgz --server-side=false --reuse-values --set agent.resources.requests.cpu=99m --set agent.resources.limits.memory=333Mi',
    step: 'chart-edgemesh',
    place: 'kubeedge/edgemesh',
    said: /helm release kubeedge\/edgemesh were changed by hand \(agent\.resources\.requests\.cpu\): .* kept as /,
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
  readonly state?: string
  readonly fields?: readonly string[]
}

it.each([
  ['cloud', () => onCloud, CLOUD, ['agent.resources.limits']],
  ['edge', () => onEdge, EDGE, []],
] as const)(
  'on the %s, what is changed by hand is told with its step and place, and mended or kept',
  async (_role, node, changes, kept) => {
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
    expect((await drift()).flatMap(({ state, fields }) => [state, ...(fields ?? [])])).toEqual(
      kept.length === 0 ? [] : ['added', ...kept],
    )
  },
)

async function causes(run: Run): Promise<string[]> {
  const { diagnoses } = JSON.parse((await run('./edgelift doctor --json')).stdout) as {
    diagnoses: { code: string; consequenceOf?: string }[]
  }
  return diagnoses.filter(({ consequenceOf }) => consequenceOf === undefined).map(({ code }) => code)
}

/** Reports as often as it can, in one process: a kubectl for each would be slower than the edge itself on a busy machine. */
const OTHER_MACHINE = (() => {
  const body = '{"status":{"nodeInfo":{"machineID":"ffffffffffffffffffffffffffffffff"}}}'
  const head = [
    'PATCH /api/v1/nodes/edge/status HTTP/1.1',
    'Host: localhost',
    'Content-Type: application/merge-patch+json',
    `Content-Length: ${body.length}`,
    'Connection: close',
  ]
  const request = `${head.join('\\r\\n')}\\r\\n\\r\\n${body}`
  return `k3s kubectl proxy --port=8901 & trap 'kill %1' EXIT
    while sleep 0.3; do exec 3<>/dev/tcp/127.0.0.1/8901 || continue; printf '${request}' >&3; cat <&3 >/dev/null; done`
})()

it('a Node that was deleted is told by its edge, and registered again; a machine that is renamed stays that node', async () => {
  const drift = async (run: Run) =>
    JSON.parse((await run('./edgelift status --json')).stdout).drift as Place[]
  await kubectl(pair.cloud, ['delete', 'node', 'edge'])
  await expect
    .poll(() => drift(onEdge), { timeout: 60_000 })
    .toMatchObject([{ step: 'join', place: 'Node edge', state: 'missing' }])
  expect((await onEdge('./edgelift verify')).stdout).toMatch(/Node edge was deleted/)
  for (const run of [onEdge, onCloud]) expect(await causes(run)).toContain('NODE_DELETED')
  expect(await succeeds(onEdge, './install.sh --yes')).toMatch(/Node edge was deleted: EdgeCore is restarted/)
  await kubectl(pair.cloud, ['wait', '--for=condition=Ready', 'node/edge', '--timeout=60s'])
  for (const [node, run] of [
    [pair.cloud, onCloud],
    [pair.edge, onEdge],
  ] as const) {
    await node.exec('hostname renamed')
    const places = (await drift(run)).filter(({ state }) => state !== 'added')
    expect([node.name, places]).toEqual([node.name, []])
    await succeeds(run, './install.sh --yes')
    await node.exec(`hostname ${node.name}`)
  }
})

it("the cloud's own Node that was deleted is told, and K3s registers it again", async () => {
  await kubectl(pair.cloud, ['delete', 'node', 'cloud'])
  await expect.poll(() => causes(onCloud), { timeout: 60_000 }).toContain('NODE_DELETED')
  expect(await succeeds(onCloud, './install.sh --yes')).toMatch(/Node cloud was deleted: K3s is restarted/)
  await kubectl(pair.cloud, ['wait', '--for=condition=Ready', 'node/cloud', '--timeout=60s'])
  await expect.poll(() => causes(onCloud), { timeout: 120_000 }).not.toContain('NODE_DELETED')
})

it('another machine that reports under the name of the edge is found by both doctors, and at the join', async () => {
  const other = pair.cloud.spawn(['bash', '-c', OTHER_MACHINE])
  const refused = async () => {
    await pair.edge.exec('touch /usr/local/bin/edgecore')
    const { code, stderr } = await onEdge('./install.sh --yes')
    return `${code} ${stderr}`
  }
  try {
    for (const run of [onEdge, onCloud])
      await expect.poll(() => causes(run), { timeout: 60_000 }).toContain('NODE_NAME_SHARED')
    // The edge's own report stands for a moment each time.
    await expect.poll(refused, { timeout: 120_000 }).toMatch(/^1 [\s\S]*NODE_NAME_SHARED/)
  } finally {
    await other.kill('SIGTERM')
  }
  await expect.poll(() => causes(onEdge), { timeout: 60_000 }).not.toContain('NODE_NAME_SHARED')
  await succeeds(onEdge, './install.sh --yes')
})

it('an edge that boots without its cloud has one cause, and install.sh ends at once', async () => {
  await pair.edge.powerLoss()
  const cut = 'iptables -I INPUT -p tcp -m multiport --dports 10000,10002,10004,20006 -j DROP'
  await pair.cloud.exec(cut)
  try {
    await pair.edge.boot()
    await waitFor('edgecore runs', async () => (await onEdge('systemctl is-active edgecore')).code === 0)
    expect(await causes(onEdge)).toEqual(['CLOUD_UNREACHABLE'])
    const start = performance.now()
    expect(await succeeds(onEdge, './install.sh --yes')).toMatch(/connects by itself once the cloud is back/)
    expect(performance.now() - start).toBeLessThan(60_000)
    expect((await onEdge('./edgelift status')).stdout).toMatch(/: installed$/m)
  } finally {
    await pair.cloud.exec(cut.replace('-I', '-D'))
  }
})

it('writes a join file for each edge of a table, or none', async () => {
  const table = 'name,address,labels,taints\nedge-7,10.77.0.7,line=3;hall=a,gpu=yes:NoSchedule\nedge-8,,,\n'
  await pair.cloud.writeFile('/root/hosts.csv', `${table}Edge_9,,,\n`)
  const refused = await onCloud('./edgelift token --hosts /root/hosts.csv --out /root/joins')
  expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining('/root/hosts.csv:4: name')])
  expect((await pair.cloud.exec('ls -d /root/joins', { check: false })).code).not.toBe(0)
  await pair.cloud.writeFile('/root/hosts.csv', table)
  const line = './edgelift token --hosts /root/hosts.csv --out /root/joins --valid 7d'
  await succeeds(onCloud, line)
  expect((await pair.cloud.exec('cd /root/joins && stat -c "%n %a" *')).stdout).toBe(
    'edge-7.yaml 600\nedge-8.yaml 600\n',
  )
  expect(await pair.cloud.readFile('/root/joins/edge-7.yaml')).toMatch(
    /cloud: 10\.77\.0\.1\ntoken: .*\nnodeName: edge-7\nnodeIp: 10\.77\.0\.7\nlabels:\n {2}line: '3'\n/,
  )
  expect((await onCloud(line)).stderr).toContain('JOIN_FILES_EXIST')
})

it('is then well, on both nodes', async () => {
  for (const run of [onCloud, onEdge])
    await expect
      .poll(async () => (await run('./edgelift doctor')).stdout, { timeout: 120_000, interval: 5000 })
      .toContain('nothing is wrong')
})

it('a disk that is read-only is told, and a cleanup on it begins nothing', async () => {
  const services = 'systemctl is-active containerd edgecore'
  {
    await using _trouble = await pair.edge.readOnly('/etc')
    const { diagnoses } = JSON.parse((await onEdge('./edgelift doctor --json')).stdout) as {
      diagnoses: { code: string; seen: string }[]
    }
    expect(diagnoses.map(({ code, seen }) => `${code} ${seen}`)).toEqual([
      'DISK_READ_ONLY /etc is mounted read-only (/etc)',
    ])
    const { code, stderr } = await onEdge('./cleanup.sh --yes')
    expect([code, stderr]).toEqual([1, expect.stringContaining('error[DISK_READ_ONLY]')])
    expect((await pair.edge.exec(services)).stdout).toBe('active\nactive\n')
  }
  await using _trouble = await pair.cloud.readOnly('/var/lib/edgelift')
  const backup = await onCloud('./edgelift backup /root/cloud.backup')
  expect([backup.code, backup.stderr]).toEqual([1, expect.stringContaining('error[DISK_READ_ONLY]')])
})

/** Every service of ours with its process, and every container with its start. */
async function running(): Promise<string> {
  const pids = (...units: string[]) => `systemctl show -p Id,MainPID ${units.join(' ')}`
  const cloud = await pair.cloud.exec(pids('k3s', 'edgelift-mesh-refresh'))
  const edge = await pair.edge.exec(pids('containerd', 'edgecore'))
  const status = '{.metadata.name} {.status.containerStatuses[*].restartCount} {.status.startTime}'
  const starts = '{.status.containerStatuses[*].state.running.startedAt}'
  const pods = `jsonpath={range .items[*]}${status} ${starts}{"\\n"}{end}`
  return cloud.stdout + edge.stdout + (await kubectl(pair.cloud, ['get', 'pods', '-A', '-o', pods]))
}

it('one more image travels as its delta, and restarts nothing', async () => {
  const deltas = await lineDeltas()
  const before = await running()
  for (const role of ['cloud', 'edge'] as const) {
    const { size } = await stat(deltas[role])
    process.stdout.write(`${path.basename(deltas[role])}: ${size} bytes\n`)
    expect(size).toBeLessThan(2_000_000)
    const delta = await unpackOn(pair[role], deltas[role])
    const complete = `sh ./edgelift complete --base ${pair.directories[role]}`
    await succeeds((line) => inDirectory(pair[role], delta, line), complete)
    const run: Run = (line) => inDirectory(pair[role], delta.replace(/\.from-.*/, ''), line)
    const said = await succeeds(run, './install.sh --yes')
    expect(said).not.toMatch(/restart/)
    expect(await running()).toBe(before)
    const pod = ['run', `line-${role}`, `--image=${LINE_APP}`, '--image-pull-policy=Never']
    await kubectl(pair.cloud, [...pod, `--overrides={"spec":{"nodeName":"${role}"}}`])
    await kubectl(pair.cloud, ['wait', `pod/line-${role}`, '--for=condition=Ready', '--timeout=60s'])
    await kubectl(pair.cloud, ['delete', 'pod', `line-${role}`, '--now'])
  }
})

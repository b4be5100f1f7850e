import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { installK3sDouble, K3S_UNIT, k3sProgram, kubectl, waitFor } from '../support/kubernetes/index.ts'
import { installKubeEdge, joinEdge } from '../support/kubernetes/kubeedge/by-hand.ts'
import { BUSYBOX, web } from '../support/kubernetes/web.ts'
import { airGappedNode, airGappedPair, type Pair, type Single } from '../support/nodes/index.ts'

/** What the doubles keep of upstream's faults. With EDGELIFT_UPSTREAM_DIR, whether upstream has them. */

const METRICS_SERVER = 'docker.io/rancher/mirrored-metrics-server:v0.8.0'
const MIB = 1024 * 1024

/** Prints the first call of iptables that begins while it looks: each lasts milliseconds, which a pgrep takes to start. */
const CALLS_OF_IPTABLES = String.raw`
my ($end, %old) = (time + 120);
sub pids { opendir my $proc, '/proc' or die; grep { /^\d+$/ } readdir $proc }
$old{$_} = 1 for pids();
while (time < $end) {
  for my $pid (grep { !$old{$_} } pids()) {
    open my $file, '<', "/proc/$pid/cmdline" or next;
    my $line = join ' ', split /\0/, (<$file> // '');
    if ($line =~ /^[^ ]*iptables -w .*-C /) { print "$line\n"; exit }
  }
}
`

describe('K3s', () => {
  let lab: Single
  beforeAll(async () => {
    lab = await airGappedNode()
  })
  afterAll(async () => {
    await lab?.[Symbol.asyncDispose]()
  })
  const run = async (command: string): Promise<string> => (await lab.node.exec(command)).stdout.trim()
  const ask = (...args: readonly string[]) => kubectl(lab.node, args, { check: false })

  it('dies again and again where it cannot unpack itself, and leaves as much room as it found', async () => {
    await lab.node.copyIn(await k3sProgram(), '/usr/local/bin/k3s')
    await lab.node.writeFile(
      '/etc/systemd/system/k3s.service',
      K3S_UNIT.replace('RestartSec=5s', 'RestartSec=1s'),
    )
    await lab.node.exec('chmod 755 /usr/local/bin/k3s; systemctl daemon-reload')
    {
      await using _full = await lab.node.fillDisk('/var/lib/rancher', 40 * MIB)
      await lab.node.exec('systemctl start --no-block k3s')
      await waitFor('K3s was started three times', async () => {
        return Number(await run('systemctl show -P NRestarts k3s')) >= 3
      })
      expect(await lab.node.journal('k3s')).toMatch(
        /level=fatal msg=".*extracting data: .*no space left on device/,
      )
      await waitFor(
        'the room is there again between two starts',
        async () => Number(await run('df --output=avail -B1 /var/lib/rancher | tail -n 1')) > 30 * MIB,
        { every: 100 },
      )
      await lab.node.exec('systemctl stop k3s')
    }
    await lab.node.exec('rm -rf /var/lib/rancher/k3s')
  })

  it('serves metrics.k8s.io by an aggregated API', async () => {
    const wanted = { nodeName: 'cloud', nodeIp: lab.node.address }
    await installK3sDouble(lab.node, { ...wanted, images: [METRICS_SERVER], metricsServer: true })
    await waitFor('the API is available', async () => (await available()) === 'True', { timeout: 90_000 })
    expect(await ask('get', '--raw', '/apis/metrics.k8s.io/v1beta1')).toContain('"PodMetrics"')
  })

  it('keeps a namespace Terminating while that API is out of reach', async () => {
    await ask('-n', 'kube-system', 'scale', 'deployment/metrics-server', '--replicas=0')
    await waitFor('the API is out of reach', async () => (await available()) === 'False')
    // Discovery is refreshed every minute, and holds what it had until then.
    await waitFor('discovery misses it', async () => !(await ask('api-resources')).includes('PodMetrics'), {
      timeout: 120_000,
    })
    await ask('create', 'namespace', 'held')
    await ask('delete', 'namespace', 'held', '--wait=false')
    const why = `jsonpath={.status.conditions[?(@.type=="NamespaceDeletionDiscoveryFailure")].message}`
    const message = await waitFor('a reason', () => ask('get', 'namespace', 'held', '-o', why))
    expect(message).toContain('metrics.k8s.io/v1beta1')
    await ask('-n', 'kube-system', 'scale', 'deployment/metrics-server', '--replicas=1')
    await waitFor(
      'the namespace is gone',
      async () => !(await kubectl(lab.node, ['get', 'namespaces', '-o', 'name'])).includes('held'),
      {
        timeout: 120_000,
      },
    )
  })

  function available(): Promise<string> {
    const condition = 'jsonpath={.status.conditions[?(@.type=="Available")].status}'
    return ask('get', 'apiservice', 'v1beta1.metrics.k8s.io', '-o', condition)
  }
})

describe('KubeEdge and EdgeMesh', () => {
  let pair: Pair
  beforeAll(async () => {
    pair = await airGappedPair()
    const cloud = { nodeName: 'cloud', nodeIp: pair.cloud.address }
    await installK3sDouble(pair.cloud, { ...cloud, images: [BUSYBOX] })
    await kubectl(pair.cloud, ['apply', '-f', '-'], { input: web('cloud') })
    const token = await installKubeEdge(pair.cloud, cloud)
    const edge = { nodeName: 'edge', nodeIp: pair.edge.address, images: [BUSYBOX] }
    await joinEdge(pair.edge, { ...edge, cloudIp: pair.cloud.address, token })
    await waitFor('the edge is Ready', ready, { timeout: 60_000 })
    await kubectl(pair.cloud, ['apply', '-f', '-'], { input: web('edge') })
    for (const each of ['deployment/web-edge', 'deployment/web-cloud'])
      await kubectl(pair.cloud, ['rollout', 'status', each, '--timeout=90s'])
    await waitFor('the edge reaches the cloud', reachesCloud, { timeout: 60_000 })
  })
  afterAll(async () => {
    await pair?.[Symbol.asyncDispose]()
  })

  const ask = (...args: readonly string[]) => kubectl(pair.cloud, args, { check: false, timeout: 30_000 })
  const onEdge = async (command: string): Promise<string> =>
    (await pair.edge.exec(command, { check: false })).stdout.trim()
  const ready = async () => / Ready /.test(await ask('get', 'node', 'edge', '--no-headers'))
  const inPod = (...command: readonly string[]) =>
    ask('exec', 'deployment/web-edge', '--', 'timeout', '10', ...command)
  const reachesCloud = async () =>
    (await inPod('wget', '-qO-', 'http://web-cloud:12345')) === 'hello from cloud\n'
  const ofCloudCore = () => ask('-n', 'kubeedge', 'logs', 'deployment/cloudcore')
  const hasHandler = async () =>
    (await ofCloudCore()).includes('prepare a new resourceEventHandler(/v1, Resource=endpoints)')
  const address = () => ask('get', 'endpoints', 'web-cloud', '-o', 'jsonpath={.subsets[0].addresses[0].ip}')
  const metaServer = (path: string) => onEdge(`bash -c '${get(path)}'`)
  const annotate = () => ask('annotate', 'endpoints', '--all', '-A', `test/at=${Date.now()}`, '--overwrite')

  it('EdgeCore dies of an exec now and then, systemd brings it back, and the node stays Ready', async () => {
    await pair.edge.writeFile('/etc/doubles/edgecore-panics-after-execs', '3\n')
    const restarts = () => onEdge('systemctl show -P NRestarts edgecore')
    const before = await restarts()
    const execUntilItDies = async () => {
      await inPod('true')
      return (await restarts()) !== before
    }
    await waitFor('EdgeCore has died', execUntilItDies, { timeout: 300_000, every: 100 })
    expect(await pair.edge.journal('edgecore')).toMatch(
      /panic: send on closed channel[\s\S]*edgedexecconnection\.go[\s\S]*status=2/,
    )
    await onEdge('rm /etc/doubles/edgecore-panics-after-execs')
    expect(await ready()).toBe(true)
    await waitFor('the edge reaches the cloud', reachesCloud, { timeout: 60_000 })
  })

  it("EdgeMesh's calls of iptables show in a list of processes", async () => {
    await pair.edge.writeFile('/root/calls.pl', CALLS_OF_IPTABLES)
    const seen = 'perl /root/calls.pl'
    expect(await onEdge(seen)).toMatch(/iptables -w .*-C /)
  })

  it('Endpoints that change while the cloud is away stay old on the edge, until they change once more', async () => {
    const old = await address()
    await pair.cloud.powerLoss()
    await pair.cloud.boot()
    await waitFor('the pod has a new address', async () => !['', old].includes(await address()), {
      timeout: 120_000,
    })
    const lost = /Object 'Kind' is missing in '\{"metadata":.*"name":"web-cloud".*"subsets":/
    await waitFor('an update is lost', async () => lost.test(await pair.edge.journal('edgecore')), {
      timeout: 90_000,
    })
    expect(await ofCloudCore()).toMatch(/edge node edge for project \S+ connected/)
    expect(await ready()).toBe(true)
    expect(await reachesCloud()).toBe(false)
    const agent = ['-n', 'kubeedge', 'logs', await agentOn('edge')]
    const dialled = `libp2p dial {tcp cloud ${old} 8080} err`
    await waitFor('the agent dials the old address', async () => (await ask(...agent)).includes(dialled))

    if (!(await hasHandler())) {
      await annotate()
      await sleep(12_000)
      expect(await reachesCloud()).toBe(false)
      // A list is the cloud's, a watch begins with the edge's database.
      expect(await metaServer('/api/v1/endpoints')).toContain(await address())
      const watched = await metaServer('/api/v1/namespaces/default/endpoints?watch=true')
      expect(watched).toContain(`"ip":"${old}"`)
      await waitFor('CloudCore has a handler', hasHandler, { timeout: 20_000 })
    }
    expect(await reachesCloud()).toBe(false)
    await annotate()
    await waitFor('the edge reaches the cloud', reachesCloud, { timeout: 60_000 })
  })

  it('metaServer answers from its database for an object that was deleted; its list is without it', async () => {
    // Of a kind that no program on the edge watches; bound to no node, so that it is an object and nothing else.
    const pods = '/api/v1/namespaces/default/pods'
    await kubectl(pair.cloud, ['create', '-f', '-'], { input: UNBOUND })
    const one = () => metaServer(`${pods}/gone`)
    await waitFor('it is there', async () => (await one()).includes('200 OK'), { timeout: 60_000 })
    await ask('delete', 'pod', 'gone')
    expect(await one()).toContain('"name":"gone"')
    const listed = await metaServer(pods)
    expect(listed).toContain('"name":"web-edge-')
    expect(listed).not.toContain('"name":"gone"')
    expect(await metaServer(`${pods}/never`)).toContain('404 Not Found')
  })

  it('an edge that boots without its cloud starts no pod with a token, and all of them once it is back', async () => {
    await kubectl(pair.cloud, ['apply', '-f', '-'], { input: WITHOUT_TOKEN })
    await kubectl(pair.cloud, ['rollout', 'status', 'deployment/bare', '--timeout=90s'])
    await pair.cloud.powerOff()
    await pair.edge.powerLoss()
    await pair.edge.boot()
    const processes = () => onEdge('ps -e -o args=')
    await waitFor('the pod without a token runs', async () => (await processes()).includes('sleep 98765'), {
      timeout: 120_000,
    })
    const words = 'failed to fetch token: serviceaccount length from meta db is 0'
    await waitFor('the others fail', async () => (await pair.edge.journal('edgecore')).includes(words))
    expect(await processes()).not.toMatch(/httpd|edgemesh-agent/)
    await pair.cloud.boot()
    await waitFor(
      'all of them run',
      async () => /httpd[\s\S]*edgemesh-agent|edgemesh-agent[\s\S]*httpd/.test(await processes()),
      {
        timeout: 180_000,
      },
    )
  })

  if (process.env.EDGELIFT_UPSTREAM_DIR === undefined)
    it('CloudCore that answers nothing lets an edge connect, which then says so', async () => {
      const silent = (value: string) => ask('-n', 'kubeedge', 'set', 'env', 'deployment/cloudcore', value)
      await silent('CLOUDCORE_DOUBLE_SILENT=1')
      const words = /failed, err: timeout to get response for message [0-9a-f-]{36}/
      // EdgeCore connects again half a minute after a loss, and waits a minute for an answer.
      await waitFor('an answer is missed', async () => words.test(await pair.edge.journal('edgecore')), {
        timeout: 180_000,
      })
      await silent('CLOUDCORE_DOUBLE_SILENT-')
    })

  async function agentOn(node: string): Promise<string> {
    const here = [
      '--field-selector',
      `spec.nodeName=${node}`,
      '-l',
      'k8s-app=kubeedge,kubeedge=edgemesh-agent',
    ]
    return (await ask('-n', 'kubeedge', 'get', 'pods', '-o', 'name', ...here)).trim()
  }
})

/** Reads metaServer's answer for two seconds; a node has no curl. */
function get(path: string): string {
  return `exec 3<>/dev/tcp/127.0.0.1/10550
printf "GET ${path} HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n" >&3
timeout 2 cat <&3`
}

const WITHOUT_TOKEN = `apiVersion: apps/v1
kind: Deployment
metadata: {name: bare}
spec:
  selector: {matchLabels: {app: bare}}
  template:
    metadata: {labels: {app: bare}}
    spec:
      nodeName: edge
      automountServiceAccountToken: false
      containers: [{name: bare, image: "${BUSYBOX}", command: [sleep, "98765"]}]
`

const UNBOUND = `apiVersion: v1
kind: Pod
metadata: {name: gone}
spec:
  schedulingGates: [{name: test/never}]
  containers: [{name: gone, image: "${BUSYBOX}"}]
`

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { installK3sDouble, kubectl, waitFor } from '../support/kubernetes/index.ts'
import { helm, installKubeEdge, joinEdge } from '../support/kubernetes/kubeedge/by-hand.ts'
import { unexpected } from '../support/kubernetes/unexpected.ts'
import { BUSYBOX, web } from '../support/kubernetes/web.ts'
import { airGappedPair, type Pair } from '../support/nodes/index.ts'

let pair: Pair
let token: string
beforeAll(async () => {
  pair = await airGappedPair()
  const cloud = { nodeName: 'cloud', nodeIp: pair.cloud.address }
  await installK3sDouble(pair.cloud, { ...cloud, images: [BUSYBOX] })
  await kubectl(pair.cloud, ['apply', '-f', '-'], { input: web('cloud') })
  await kubectl(pair.cloud, ['rollout', 'status', 'deployment/web-cloud', '--timeout=60s'])
  token = await installKubeEdge(pair.cloud, cloud)
  await joinEdge(pair.edge, {
    cloudIp: pair.cloud.address,
    token,
    nodeName: 'edge',
    nodeIp: pair.edge.address,
    images: [BUSYBOX],
  })
})
afterAll(async () => {
  await pair?.[Symbol.asyncDispose]()
})

/** What a command in a pod of a Deployment prints, asked for through the API server. */
async function inPod(deployment: string, command: readonly string[]): Promise<string> {
  const asked = ['exec', `deployment/${deployment}`, '--', 'timeout', '10', ...command]
  return kubectl(pair.cloud, asked, { timeout: 20_000 })
}

async function explain(): Promise<string> {
  const pods = await kubectl(pair.cloud, ['get', 'nodes,pods', '-A', '-o', 'wide'])
  const events = await kubectl(pair.cloud, ['get', 'events', '-A'])
  const lines = (await pair.edge.journal('edgecore')).split('\n')
  return [pods, events.split('\n').slice(-20).join('\n'), lines.slice(-40).join('\n')].join('\n')
}

describe('an air-gapped cloud and an edge that joins it by hand', () => {
  it('has the edge Ready, with the labels of an edge', async () => {
    await waitFor(
      'the edge is Ready',
      async () =>
        / Ready /.test(await kubectl(pair.cloud, ['get', 'node', 'edge', '--no-headers'], { check: false })),
      { timeout: 60_000, explain },
    )
    const shown = await kubectl(pair.cloud, ['get', 'node', 'edge', '--no-headers'])
    expect(shown).toMatch(/^edge +Ready +agent,edge .*v1\.31\.12-kubeedge-v1\.22\.0/)
  })

  it('runs EdgeMesh on both, and a Deployment on the edge', async () => {
    await kubectl(pair.cloud, ['apply', '-f', '-'], { input: web('edge') })
    const status = ['rollout', 'status', '--timeout=90s']
    await kubectl(pair.cloud, ['-n', 'kubeedge', ...status, 'daemonset/edgemesh-agent'])
    const ran = await pair.cloud.exec(['k3s', 'kubectl', ...status, 'deployment/web-edge'], { check: false })
    expect(ran.code, ran.code === 0 ? '' : await explain()).toBe(0)
    const bridge = await pair.edge.exec('ip -4 -o addr show edgemesh0')
    expect(bridge.stdout).toContain('169.254.96.16/32')
  })

  it('shows logs of the edge in the cloud', async () => {
    const logs = await waitFor(
      'logs of the edge',
      () => kubectl(pair.cloud, ['logs', 'deployment/web-edge'], { timeout: 20_000 }),
      { timeout: 60_000, explain },
    )
    expect(logs).toBe('web-edge is up\n')
  })

  it('carries requests by name: edge to cloud, edge to edge, cloud to edge', async () => {
    for (const [from, url, answer] of [
      ['web-edge', 'http://web-cloud:12345', 'hello from cloud\n'],
      ['web-edge', 'http://web-cloud.default.svc.cluster.local:12345', 'hello from cloud\n'],
      ['web-edge', 'http://web-edge:12345', 'hello from edge\n'],
      ['web-cloud', 'http://web-edge:12345', 'hello from edge\n'],
    ] as const) {
      const fetched = await waitFor(`${from} fetches ${url}`, () => inPod(from, ['wget', '-qO-', url]), {
        timeout: 60_000,
        explain,
      })
      expect(fetched).toBe(answer)
    }
  })

  it('has a metaServer with the services, and a configuration that edgecore wrote', async () => {
    const services = await pair.edge.exec(['bash', '-c', ASK_META_SERVER])
    expect(services.stdout).toContain('"name":"web-cloud"')
    const config = await pair.edge.readFile('/etc/kubeedge/config/edgecore.yaml')
    expect(config).toContain('edgecoreVersion: v1.22.0')
    expect((await pair.edge.exec('stat -c %a /etc/kubeedge/config/edgecore.yaml')).stdout).toBe('600\n')
  })

  it('pulled nothing and asked for nothing outside', async () => {
    const said = `${await pair.edge.journal('containerd')}${await pair.edge.journal('edgecore')}`
    expect(said).not.toMatch(/PullImage|Pulling image/)
    expect(unexpected(await pair.egress())).toEqual([])
  })
})

describe('what goes wrong with it', () => {
  it('an upgrade of CloudCore conflicts with CloudCore, unless it is done by the client', async () => {
    await expect(helm(pair.cloud, 'cloudcore')).rejects.toThrow(
      /conflict with "cloudcore" using v1: \.data\.cloudcore\.yaml/,
    )
    await helm(pair.cloud, 'cloudcore', '--server-side=false')
  })

  it('a second edgecore does not come up beside the first', async () => {
    const second = await pair.edge.exec(['edgecore', '--version'], { check: false, timeout: 60_000 })
    expect(second.code).not.toBe(0)
  })

  it('pods run on while edgecore is away, and the edge is Ready again with it', async () => {
    await pair.edge.exec('systemctl stop edgecore')
    await pair.edge.exec('systemctl start edgecore')
    await waitFor(
      'the edge renews its lease',
      async () => {
        const renewed = await kubectl(pair.cloud, RENEWED)
        return Date.now() - Date.parse(renewed) < 10_000
      },
      { explain },
    )
    const restarts = [
      'get',
      'pods',
      '-l',
      'app=web-edge',
      '-o',
      'jsonpath={.items[*].status.containerStatuses[*].restartCount}',
    ]
    expect(await kubectl(pair.cloud, restarts)).toBe('0')
  })

  // Below, another edgecore runs on the same containerd: one that gets far enough takes the pods for orphans and ends them.
  it('a join fails in the words of upstream, in less than a second, with 2', async () => {
    await pair.edge.exec('systemctl stop edgecore')
    const [hash, header, claims] = token.split('.')
    for (const [wrong, words] of [
      [`${'0'.repeat(64)}.${header}.${claims}.x`, 'failed to validate CA certificate. tokenCAhash: 0000'],
      [`${hash}.${header}.${claims}.AAAA`, 'token signature is invalid'],
      ['garbage', 'credentials are in the wrong format'],
      ['', 'credentials are in the wrong format'],
    ] as const) {
      await otherConfig(`s|^( *)token: .*|\\1token: "${wrong}"|`)
      const began = Date.now()
      const joined = await pair.edge.exec(['edgecore', '--config=/root/other/edgecore.yaml'], {
        check: false,
      })
      expect([joined.code, joined.stderr]).toEqual([2, expect.stringContaining(words)])
      expect(Date.now() - began).toBeLessThan(3000)
    }
    await otherConfig(`s|^( *)token: .*|\\1token: "${token}"|; s|:10002|:10099|`)
    const refused = await pair.edge.exec(['edgecore', '--config=/root/other/edgecore.yaml'], { check: false })
    expect([refused.code, refused.stderr]).toEqual([
      2,
      expect.stringMatching(/failed to get CA certificate.*refused/),
    ])
  })

  it('an edgecore that gets its certificate and not its connection ends after half a minute with 255', async () => {
    await otherConfig(`s|^( *)token: .*|\\1token: "${token}"|; s|:10000|:10099|`)
    const began = Date.now()
    const joined = await pair.edge.exec(['edgecore', '--config=/root/other/edgecore.yaml'], { check: false })
    expect([joined.code, joined.stderr]).toEqual([
      255,
      expect.stringContaining(
        'Failed to initialize CSINode after retrying: timed out waiting for the condition',
      ),
    ])
    expect(Date.now() - began).toBeGreaterThan(20_000)
  })
})

/** A node has no curl. */
const ASK_META_SERVER = `exec 3<>/dev/tcp/127.0.0.1/10550
printf 'GET /api/v1/services HTTP/1.0\\r\\n\\r\\n' >&3
cat <&3`

const RENEWED = ['-n', 'kube-node-lease', 'get', 'lease', 'edge', '-o', 'jsonpath={.spec.renewTime}']

/** Another configuration made of the edge's own by a sed script, with a name, certificates and a database of its own. */
async function otherConfig(script: string): Promise<void> {
  const own = [
    's#/etc/kubeedge/(ca|certs)/#/root/other/\\1/#',
    's#/var/lib/kubeedge/#/root/other/lib/#',
    's#^( *hostnameOverride:).*#\\1 other#',
  ].join(';')
  await pair.edge.exec('rm -rf /root/other; mkdir /root/other')
  await pair.edge.exec(
    `sed -E '${own};${script}' /etc/kubeedge/config/edgecore.yaml > /root/other/edgecore.yaml`,
  )
}

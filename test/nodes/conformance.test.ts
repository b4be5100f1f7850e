import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { installK3sDouble, K3S_UNIT, k3sProgram, kubectl, waitFor } from '../support/kubernetes/index.ts'
import { airGappedNode } from '../support/nodes/index.ts'
import type { Single } from '../support/nodes/types.ts'

/** What the doubles keep of upstream's faults. With EDGELIFT_UPSTREAM_DIR, whether upstream has them. */

const METRICS_SERVER = 'docker.io/rancher/mirrored-metrics-server:v0.8.0'
const MIB = 1024 * 1024

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
      async () => !(await ask('get', 'ns', '-o', 'name')).includes('held'),
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

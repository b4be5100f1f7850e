import { beforeAll, describe, expect, it } from 'vitest'
import { kubectl } from '../support/kubernetes/index.ts'
import { type Run, stdoutOf, succeeds, unpackedPair } from '../support/unpacked-pair.ts'

const CRD = 'gateways.networking.istio.io'
const AGENT = 'docker.io/kubeedge/edgemesh-agent:v1.17.0'
const CTR = '/usr/local/bin/ctr -n k8s.io'

interface Found {
  readonly code: string
  readonly consequenceOf?: string
}

const pair = unpackedPair()
const { onCloud, onEdge } = pair

beforeAll(async () => {
  await succeeds(onCloud, './install.sh --yes --node-ip 10.77.0.1')
})

/** The checks that do not hold. */
async function failing(run: Run): Promise<string[]> {
  const { code, stdout, stderr } = await run('./edgelift verify --json')
  const { ok, checks } = JSON.parse(stdout) as { ok: boolean; checks: { id: string; ok: boolean }[] }
  expect([code, ok], stdout + stderr).toEqual(checks.every((one) => one.ok) ? [0, true] : [1, false])
  return checks.filter((one) => !one.ok).map(({ id }) => id)
}

it('verifies a cloud that has no edge yet, and says which check that leaves out', async () => {
  expect(await failing(onCloud)).toEqual([])
  expect(await stdoutOf(onCloud, './edgelift verify')).toMatch(/V6 +skipped .*no edge node has joined yet/)
})

it('gives edges an address that they can reach, beside the dummy default route', async () => {
  const { settings } = JSON.parse(await stdoutOf(onCloud, './edgelift status --json')) as { settings: object }
  expect(settings).toMatchObject({ advertiseAddresses: '10.77.0.1', nodeIp: '10.77.0.1' })
})

it('says in one sentence that nothing is installed yet', async () => {
  for (const command of ['verify', 'doctor']) {
    const { code, stdout, stderr } = await onEdge(`./edgelift ${command}`)
    expect([code, stdout + stderr]).toEqual([1, expect.stringContaining('othing is installed')])
  }
  expect(await stdoutOf(onEdge, './edgelift status')).toContain('not installed')
})

it('joins with a token that was taken 25 hours after the installation', async () => {
  const { token: old } = JSON.parse(await stdoutOf(onCloud, './edgelift token --json')) as { token: string }
  for (const node of [pair.cloud, pair.edge]) await node.clock(25 * 3600)
  await pair.edge.writeFile('/root/old-token', old, 0o600)
  const refused = await onEdge('./install.sh --yes --cloud 10.77.0.1 --token-file /root/old-token')
  expect([refused.code, refused.stderr]).toEqual([3, expect.stringContaining('TOKEN_EXPIRED')])
  await pair.cloud.exec('systemctl restart k3s')
  await kubectl(pair.cloud, ['-n', 'kubeedge', 'rollout', 'restart', 'deployment/cloudcore'])
  await kubectl(pair.cloud, ['-n', 'kubeedge', 'rollout', 'status', 'deployment/cloudcore', '--timeout=120s'])
  expect(await pair.takeJoinFile()).not.toContain(old)
  await succeeds(onEdge, './install.sh --yes --config edge-join.yaml')
})

it('verifies on both nodes, and leaves nothing', async () => {
  expect(await failing(onEdge)).toEqual([])
  const kill =
    './edgelift verify & verify=$!; timeout 120 sh -c "until k3s kubectl get namespaces -o name | grep edgelift-verify; do sleep 0.2; done" && kill -9 $verify'
  expect(await stdoutOf(onCloud, kill)).toContain('namespace/edgelift-verify-')
  expect((await pair.cloud.exec("pgrep -f '[i]nstaller.mjs verify'", { check: false })).code).toBe(1)
  expect(await kubectl(pair.cloud, ['get', 'namespaces', '-o', 'name'])).toContain('edgelift-verify-')
  expect(await failing(onCloud)).toEqual([])
  await expect
    .poll(() => kubectl(pair.cloud, ['get', 'namespaces', '-o', 'name']), { timeout: 90_000 })
    .not.toContain('edgelift-verify')
})

it('is well by its own doctor, whose support bundle holds no secret', async () => {
  for (const run of [onCloud, onEdge])
    expect(await stdoutOf(run, './edgelift doctor')).toContain('nothing is wrong')
  const { token } = JSON.parse(await stdoutOf(onCloud, './edgelift token --json')) as { token: string }
  const psk = (await pair.cloud.readFile(`${pair.directories.cloud}/edgemesh-psk.txt`)).trim()
  const k3s = (await pair.cloud.readFile('/var/lib/rancher/k3s/server/token')).trim()
  const planted = [token, psk, k3s].map((secret) => `planted ${secret}\n`).join('')
  await pair.cloud.writeFile('/var/log/edgelift/install-29991231T000000Z.log', planted, 0o600)
  await succeeds(onCloud, './edgelift doctor --bundle /root/support.tar.gz')
  expect((await pair.cloud.exec('stat -c %a /root/support.tar.gz')).stdout.trim()).toBe('600')
  const all = await pair.cloud.exec('tar -xzOf /root/support.tar.gz')
  expect(all.stdout).toContain('planted (')
  for (const secret of [token, psk, k3s]) expect(all.stdout).not.toContain(secret)
})

describe('names the check when one thing is broken by hand', () => {
  it('an edge boots without its cloud: one cause, and the installation is whole', async () => {
    await pair.cloud.exec('iptables -I INPUT -p tcp -m multiport --dports 10000,10002,10004,20006 -j REJECT')
    await pair.edge.exec('systemctl restart edgecore')
    const { diagnoses } = JSON.parse((await onEdge('./edgelift doctor --json')).stdout) as {
      diagnoses: Found[]
    }
    expect(
      diagnoses.filter(({ consequenceOf }) => consequenceOf === undefined).map(({ code }) => code),
    ).toEqual(['CLOUD_UNREACHABLE'])
    expect(await stdoutOf(onEdge, './install.sh --yes 2>&1')).not.toContain('error[')
    expect(await stdoutOf(onEdge, './edgelift status')).toMatch(/: installed$/m)
    await pair.cloud.exec('iptables -D INPUT -p tcp -m multiport --dports 10000,10002,10004,20006 -j REJECT')
    await expect.poll(() => failing(onEdge), { timeout: 180_000, interval: 3000 }).toEqual([])
  })

  it('a CRD is deleted', async () => {
    await kubectl(pair.cloud, ['delete', 'crd', CRD])
    expect(await failing(onCloud)).toContain('V1')
    await succeeds(onCloud, 'k3s kubectl apply -f crds/istio/')
  })

  it("the agent's image is removed", async () => {
    await pair.edge.exec(`${CTR} images rm ${AGENT}`)
    expect(await failing(onEdge)).toEqual(['V4'])
  })

  it('edgemesh0 is deleted, and an installation has the agent make it again', async () => {
    await pair.edge.exec('ip link del edgemesh0')
    expect(await failing(onEdge)).toContain('V7')
    expect(await stdoutOf(onEdge, './install.sh --yes 2>&1')).toContain('somebody deleted edgemesh0')
    await expect.poll(() => failing(onEdge), { timeout: 60_000, interval: 3000 }).toEqual([])
  })

  it('edgecore is stopped', async () => {
    await pair.edge.exec('systemctl stop edgecore')
    expect(await failing(onEdge)).toContain('V5')
    const { code, stdout } = await onEdge('./edgelift doctor')
    expect([code, stdout]).toEqual([
      1,
      expect.stringMatching(
        /UNIT_DOWN: edgecore.service is stopped[\s\S]*METASERVER_SILENT \(P2\).*\n +follows from: UNIT_DOWN/,
      ),
    ])
    await expect
      .poll(() => kubectl(pair.cloud, ['get', 'node', 'edge', '--no-headers']), { timeout: 120_000 })
      .toContain('NotReady')
  })

  it('dynamicController is off, while the edge is down', async () => {
    const config = await kubectl(pair.cloud, ['-n', 'kubeedge', 'get', 'cm', 'cloudcore', '-o', 'json'])
    const { data } = JSON.parse(config) as { data: { 'cloudcore.yaml': string } }
    const off = data['cloudcore.yaml'].replace(/(dynamicController:\s+enable:) true/, '$1 false')
    expect(off).not.toBe(data['cloudcore.yaml'])
    const patch = JSON.stringify({ data: { 'cloudcore.yaml': off } })
    await kubectl(pair.cloud, ['-n', 'kubeedge', 'patch', 'cm', 'cloudcore', '--type=merge', '-p', patch])
    expect(await failing(onCloud)).toEqual(expect.arrayContaining(['V2', 'V3']))
  })

  it('CloudCore has no replica and a role was changed; the installation restores all three', async () => {
    await kubectl(pair.cloud, ['-n', 'kubeedge', 'scale', 'deployment/cloudcore', '--replicas=0'])
    const rules = JSON.stringify([{ op: 'replace', path: '/rules', value: [] }])
    await kubectl(pair.cloud, ['patch', 'clusterrole', 'edgemesh-agent', '--type=json', '-p', rules])
    const { diagnoses } = JSON.parse((await onCloud('./edgelift doctor --json')).stdout) as {
      diagnoses: Found[]
    }
    const causes = diagnoses
      .filter(({ consequenceOf }) => consequenceOf === undefined)
      .map(({ code }) => code)
    expect(causes).toEqual(
      expect.arrayContaining(['CLOUDCORE_DOWN', 'OBJECT_CHANGED', 'DYNAMIC_CONTROLLER_OFF']),
    )
    const again = await stdoutOf(onCloud, './install.sh --yes 2>&1')
    expect(again).toMatch(/ClusterRole edgemesh-agent was changed by hand \(rules\)/)
    // What else it finds is the edge, which the tests before have broken.
    const { stdout } = await onCloud('./edgelift doctor')
    expect(stdout).not.toMatch(/CLOUDCORE_DOWN|OBJECT_CHANGED|DYNAMIC_CONTROLLER_OFF/)
  })

  it('K3s is stopped: everything else follows from it', async () => {
    await pair.cloud.exec('systemctl stop k3s')
    const { code, stdout } = await onCloud('./edgelift doctor')
    expect([code, stdout]).toEqual([
      1,
      expect.stringMatching(
        /UNIT_DOWN: k3s.service is stopped[\s\S]*API_SILENT.*\n +follows from: UNIT_DOWN/,
      ),
    ])
    expect(stdout).not.toContain('CRD_MISSING')
  })
})

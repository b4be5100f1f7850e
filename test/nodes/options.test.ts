import { beforeAll, expect, it } from 'vitest'
import { kubectl } from '../support/kubernetes/index.ts'
import { unexpected } from '../support/kubernetes/unexpected.ts'
import { type Run, succeeds, unpackedPair } from '../support/unpacked-pair.ts'

const KUBECONFIG = '/etc/rancher/k3s/k3s.yaml'
/** Where nobody is. */
const RELAYS = ['203.0.113.9', '198.51.100.7', '198.51.100.8']
const EDGECORE = '/etc/kubeedge/config/edgecore.yaml'

const pair = unpackedPair()
const { onCloud, onEdge } = pair

beforeAll(async () => {
  await pair.edge.exec('echo "10.77.0.1 cloud.plant" >> /etc/hosts')
})

const helm = (line: string) => onCloud(`bin/helm --kubeconfig ${KUBECONFIG} -n kubeedge ${line}`)
const kubeedge = (...args: string[]) => kubectl(pair.cloud, ['-n', 'kubeedge', ...args])

async function refused(run: Run, line: string): Promise<string> {
  const { code, stdout, stderr } = await run(line)
  expect(code, stdout + stderr).toBe(3)
  return stderr
}

it('installs a cloud with a host name, without EdgeMesh, with Mosquitto and fewer parts of K3s', async () => {
  const answers =
    '--node-ip 10.77.0.1 --advertise-addresses cloud.plant,10.77.0.1 --edgemesh no --options mosquitto --k3s-disable metrics-server,local-storage'
  await succeeds(onCloud, `./install.sh --yes ${answers}`)
  const config = await pair.cloud.readFile('/etc/rancher/k3s/config.yaml')
  for (const line of ['traefik', 'servicelb', 'metrics-server', 'flannel-iface: eth0'])
    expect(config).toContain(line)
  expect((await helm('list -q')).stdout).toBe('cloudcore\n')
})

it('is joined by its name, with labels and taints, and not waited on for an EdgeMesh that is not there', async () => {
  expect(await pair.takeJoinFile()).toMatch(/cloud: cloud\.plant\n[\s\S]*- mosquitto/)
  const said = await succeeds(
    onEdge,
    './install.sh --yes --config edge-join.yaml --labels site=plant-7 --taints dedicated=edge:NoSchedule',
  )
  expect(said).toContain('without EdgeMesh')
  const node = JSON.parse(await kubectl(pair.cloud, ['get', 'node', 'edge', '-o', 'json']))
  expect(node.metadata.labels).toMatchObject({ site: 'plant-7' })
  expect(node.spec.taints).toContainEqual({ key: 'dedicated', value: 'edge', effect: 'NoSchedule' })
  expect(await pair.edge.readFile(EDGECORE)).toMatch(/mqttServerExternal: tcp:\/\/127\.0\.0\.1:1883/)
  await expect
    .poll(() => kubeedge('get', 'pods', '-o', 'wide'), { timeout: 60_000, interval: 1000 })
    .toMatch(/eclipse-mosquitto-\S+ +1\/1 +Running .* edge /)
})

it("runs the guide's manual path, and a later ./install.sh leaves it alone", async () => {
  await succeeds(onCloud, `k3s kubectl apply -f crds/istio/`)
  const sets = [
    'agent.image=kubeedge/edgemesh-agent:v1.17.0',
    'agent.psk="$(openssl rand -base64 32)"',
    'agent.tolerations[0].operator=Exists',
    'agent.relayNodes[0].nodeName=cloud',
    'agent.relayNodes[0].advertiseAddress[0]=10.77.0.1',
  ]
  await succeeds(
    onCloud,
    `bin/helm --kubeconfig ${KUBECONFIG} install edgemesh ./helm-charts/edgemesh.tgz --namespace kubeedge ${sets.map((set) => `--set ${set}`).join(' ')}`,
  )
  await kubeedge('rollout', 'status', 'daemonset/edgemesh-agent', '--timeout=90s')
  for (const more of ['', '--edgemesh yes']) await succeeds(onCloud, `./install.sh --yes ${more}`)
  expect((await helm('list --filter edgemesh')).stdout).toMatch(/edgemesh\s+kubeedge\s+1\s/)
  await succeeds(helm, 'uninstall edgemesh')
})

it('takes over changed answers: relays, addresses, another option in place of the first', async () => {
  await pair.cloud.exec('umask 077; openssl rand -base64 32 > /root/psk.txt')
  const relays = `cloud=10.77.0.1+${RELAYS[0]},relay=${RELAYS[1]}+${RELAYS[2]}`
  const answers = `--advertise-addresses cloud.plant,10.77.0.1,203.0.113.50 --relay-nodes ${relays} --options gateway --psk-file /root/psk.txt --edgemesh yes`
  await succeeds(onCloud, `./install.sh --yes ${answers}`)
  const mesh = await kubeedge('get', 'configmap', 'edgemesh-agent-cfg', '-o', 'yaml')
  for (const address of RELAYS) expect(mesh).toContain(address)
  const psk = (await pair.cloud.readFile('/root/psk.txt')).trim()
  expect(await kubeedge('get', 'configmap', 'edgemesh-agent-psk', '-o', 'jsonpath={.data.psk}')).toContain(
    psk,
  )
  expect((await helm('list -q')).stdout).toBe('cloudcore\nedgemesh\nedgemesh-gateway\n')
  expect(await kubeedge('get', 'daemonsets', '-o', 'name')).not.toContain('mosquitto')
  const certificate = await kubeedge(
    'get',
    'secret',
    'cloudcoresecret',
    '-o',
    'jsonpath={.data.cloudcoredata}',
  )
  const names = await pair.cloud.exec('base64 -d | openssl x509 -inform der -noout -ext subjectAltName', {
    input: certificate,
  })
  expect(names.stdout).toMatch(/DNS:cloud\.plant.*IP Address:203\.0\.113\.50/)
  const again = JSON.parse((await onCloud('./install.sh --yes --json')).stdout)
  expect(again).toMatchObject({ changed: false, applied: [] })
})

it('refuses what an installed cloud cannot take over', async () => {
  expect(await refused(onCloud, './install.sh --yes --node-name other')).toContain('nodeName: cloud → other')
  expect(await refused(onCloud, './install-kubeedge-only.sh --yes')).toContain('ANSWER_CHANGED')
})

it("changes an edge's cloud address and options; labels are changed on the cloud", async () => {
  await pair.edge.exec(`echo 'featureGates: {}' >> ${EDGECORE}`)
  await succeeds(onEdge, './install.sh --yes --cloud 10.77.0.1 --options ""')
  const config = await pair.edge.readFile(EDGECORE)
  expect(config).toContain('httpServer: https://10.77.0.1:10002')
  expect(config).toMatch(/eventBus:\n {4}enable: false/)
  expect((await pair.edge.exec(`stat -c %a ${EDGECORE}`)).stdout).toBe('600\n')
  const said = await refused(onEdge, './install.sh --yes --labels site=plant-8')
  const line = 'kubectl label node edge site=plant-8 --overwrite'
  expect(said).toContain(line)
  await pair.cloud.exec(`k3s ${line}`)
  await expect
    .poll(async () => (await onEdge('./install.sh --yes --labels site=plant-8')).code, {
      timeout: 60_000,
      interval: 2000,
    })
    .toBe(0)
  await succeeds(onEdge, './edgelift verify')
})

it('has its own agent run with a new key at once, though an edge is away', async () => {
  await pair.edge.powerOff()
  await pair.cloud.exec('umask 077; openssl rand -base64 32 > /root/psk.txt')
  await succeeds(onCloud, './install.sh --yes --psk-file /root/psk.txt')
  const generation = 'jsonpath={.metadata.annotations.deprecated\\.daemonset\\.template\\.generation}'
  const current = await kubeedge('get', 'daemonset', 'edgemesh-agent', '-o', generation)
  expect(Number(current)).toBeGreaterThan(1)
  const agents = `kubeedge=edgemesh-agent,pod-template-generation=${current}`
  expect(await kubeedge('get', 'pods', '-l', agents, '-o', 'wide')).toMatch(/1\/1 +Running .* cloud /)
})

it('attempted nothing but each other and the relays that it was told of', async () => {
  const others = unexpected(await pair.egress()).filter(({ destination }) => !RELAYS.includes(destination))
  expect(others).toEqual([])
})

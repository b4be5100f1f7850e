import { expect, it } from 'vitest'
import { kubectl, waitFor } from '../support/kubernetes/index.ts'
import { unpackedPair } from '../support/unpacked-pair.ts'

/** What was seen on real machines: a helm that hangs, a CloudCore that is mute, an edge without a default route. */
const pair = unpackedPair()
const { onCloud, onEdge } = pair
const cloudcore = (...args: readonly string[]) => kubectl(pair.cloud, ['-n', 'kubeedge', ...args])

it('says that helm is silent and how far it has come, and goes on with it', async () => {
  const stopped = pair.cloud.exec(
    `helm() { for p in $(pgrep -x helm); do tr '\\0' ' ' < /proc/$p/cmdline | grep -q ' upgrade ' && return; done; false; }
until helm; do sleep 0.02; done; kill -STOP $p; sleep 12; kill -CONT $p`,
    { timeout: 120_000 },
  )
  const [{ code, stdout, stderr }] = await Promise.all([
    onCloud('script -qec "./install.sh --yes --node-ip 10.77.0.1" /dev/null'),
    stopped,
  ])
  expect(code, stdout + stderr).toBe(0)
  expect(stdout).toMatch(/helm .*silent/)
})

// The real one cannot be silenced.
if (process.env.EDGELIFT_UPSTREAM_DIR === undefined)
  it('a join to a CloudCore that answers nothing ends with that cause', async () => {
    await cloudcore('set', 'env', 'deployment/cloudcore', 'CLOUDCORE_DOUBLE_SILENT=1')
    await cloudcore('rollout', 'status', 'deployment/cloudcore', '--timeout=120s')
    await pair.takeJoinFile()
    const mute = await onEdge('./install.sh --yes --config edge-join.yaml')
    expect(mute.code, mute.stderr).toBe(1)
    expect(mute.stderr).toMatch(/CloudCore accepts connections at port 10000 but does not respond/)
    await cloudcore('set', 'env', 'deployment/cloudcore', 'CLOUDCORE_DOUBLE_SILENT-')
    await cloudcore('rollout', 'status', 'deployment/cloudcore', '--timeout=120s')
  })

it('joins without a default route, after whatever came to nothing before, and says what that means', async () => {
  await pair.edge.exec('ip route del default')
  await pair.takeJoinFile()
  const joined = await onEdge('./install.sh --yes --config edge-join.yaml')
  expect(joined.code, joined.stdout + joined.stderr).toBe(0)
  expect(joined.stderr).toContain('NO_DEFAULT_ROUTE')
})

it('verify leaves out what an edge without a default route cannot try, and doctor finds nothing', async () => {
  const verify = await onEdge('./edgelift verify')
  expect(verify.code, verify.stdout + verify.stderr).toBe(0)
  expect(verify.stdout).toMatch(/without a default route it cannot connect to services/)
  await waitFor('doctor is content', async () => (await onEdge('./edgelift doctor')).code === 0, {
    timeout: 60_000,
    explain: async () => (await onEdge('./edgelift doctor')).stdout,
  })
})

/** Codes of what doctor finds on the edge, causes first, without what follows from them. */
async function causes(): Promise<string[]> {
  const { stdout } = await onEdge('./edgelift doctor --json')
  const { diagnoses } = JSON.parse(stdout) as { diagnoses: { code: string; consequenceOf?: string }[] }
  return diagnoses.flatMap(({ code, consequenceOf }) => (consequenceOf === undefined ? [code] : []))
}

const agentRuns = async () =>
  (await cloudcore(
    'get',
    'pods',
    '-l',
    'kubeedge=edgemesh-agent',
    '--field-selector',
    'spec.nodeName=edge',
    '-o',
    'jsonpath={.items[*].status.conditions[?(@.type=="Ready")].status}',
  )) === 'True'

it("EdgeCore's database that its disk has damaged is told, and replaced: the cloud sends its content again", async () => {
  const file = '/var/lib/kubeedge/edgecore.db'
  await pair.edge.exec(
    `systemctl stop edgecore; size=$(stat -c %s ${file}); truncate -s 0 ${file}; truncate -s $size ${file}; systemctl start edgecore; sleep 3`,
  )
  expect((await causes())[0]).toBe('DATABASE_DAMAGED')
  const { code, stdout, stderr } = await onEdge('./install.sh --yes')
  expect(code, stdout + stderr).toBe(0)
  expect(stderr + stdout).toMatch(
    /EdgeCore's database was damaged \(file is not a database\), and is kept as/,
  )
  expect((await pair.edge.exec(`stat -c %a ${file}.damaged`)).stdout).toBe('600\n')
  await waitFor('the agent runs', agentRuns, { timeout: 120_000 })
  expect(await causes()).toEqual([])
})

it("containerd's database that its disk has damaged is told with the way out, which works", async () => {
  const file = '/var/lib/containerd/io.containerd.metadata.v1.bolt/meta.db'
  await pair.edge.exec(
    `systemctl stop edgecore containerd; dd if=/dev/zero of=${file} bs=4096 count=4 conv=notrunc; systemctl start containerd edgecore`,
  )
  expect((await causes())[0]).toBe('DATABASE_DAMAGED')
  const { code, stderr } = await onEdge('./install.sh --yes')
  expect([code, stderr]).toEqual([
    1,
    expect.stringMatching(/cause: it cannot open its database: invalid database/),
  ])
  const [, disable = '', move = ''] = /then: (systemctl disable .*?); reboot; (mv .*?); /.exec(stderr) ?? []
  await pair.edge.exec(disable)
  await pair.edge.reboot()
  await pair.edge.exec(move)
  const again = await onEdge('./install.sh --yes')
  expect(again.code, again.stdout + again.stderr).toBe(0)
  await waitFor('the agent runs', agentRuns, { timeout: 120_000 })
  await waitFor('doctor is content', async () => (await causes()).length === 0, { timeout: 60_000 })
})

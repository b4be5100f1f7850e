import { expect, it } from 'vitest'
import { kubectl } from '../support/kubernetes/index.ts'
import { installedPair, type Run, stdoutOf, succeeds } from '../support/unpacked-pair.ts'

const DAY = 86_400 // seconds

interface Diagnosis {
  readonly code: string
  readonly severity: string
  readonly seen: string
  readonly consequenceOf?: string
}

const pair = installedPair()
const { onCloud, onEdge } = pair

async function day(number: number): Promise<void> {
  for (const node of [pair.cloud, pair.edge]) await node.clock(number * DAY)
}

async function found(run: Run): Promise<Diagnosis[]> {
  const { stdout } = await run('./edgelift doctor --json')
  return (JSON.parse(stdout) as { diagnoses: Diagnosis[] }).diagnoses
}

async function causes(run: Run): Promise<Diagnosis[]> {
  return (await found(run)).filter(({ consequenceOf }) => consequenceOf === undefined)
}

/** Days that are left, by certificate. */
async function daysLeft(run: Run): Promise<Record<string, number>> {
  const { certificates } = JSON.parse(await stdoutOf(run, './edgelift status --json')) as {
    certificates: { name: string; days: number }[]
  }
  return Object.fromEntries(certificates.map(({ name, days }) => [name, days]))
}

/** Processes of containers, but for those of CloudCore's pod, which has to read its new certificates. */
async function containers(run: Run, ctr: string): Promise<string[]> {
  const rows = async (what: string) =>
    (await succeeds(run, `${ctr} -n k8s.io ${what} ls`))
      .split('\n')
      .slice(1)
      .map((line) => line.split(/\s+/))
  const restarted = (await rows('containers'))
    .filter(([, image = '']) => /\/(cloudcore|mirrored-pause):/.test(image))
    .map(([id]) => id)
  const running = (await rows('tasks')).filter(
    ([id, , state]) => state === 'RUNNING' && !restarted.includes(id),
  )
  return running.map((row) => row.join(' ')).sort()
}

it('on day 370 the doctor of the cloud names the certificates and nothing else, and install.sh renews them', async () => {
  await day(370)
  expect((await causes(onCloud)).map(({ code }) => code)).toEqual(['CERTIFICATE_EXPIRED'])
  const said = await succeeds(onCloud, './install.sh --yes')
  expect(said).toMatch(/K3s' certificates expired on /)
  expect(said).toMatch(/CloudStream's certificate expired on /)
  const left = await daysLeft(onCloud)
  expect(left).toMatchObject({ k3s: expect.closeTo(364, -1), cloudstream: expect.closeTo(364, -1) })
  expect((await causes(onCloud)).filter(({ code }) => code.startsWith('CERTIFICATE'))).toEqual([])
})

it('an edge on an ended certificate says so, before and after a restart, and how to get a new one', async () => {
  expect((await causes(onEdge)).map(({ code }) => code)).toEqual(['CERTIFICATE_EXPIRED'])
  await pair.edge.exec('systemctl restart edgecore')
  await new Promise((resolve) => setTimeout(resolve, 5000))
  expect((await causes(onEdge)).map(({ code }) => code)).toEqual(['CERTIFICATE_EXPIRED'])
  const renew = await onEdge('./edgelift renew')
  expect([renew.code, renew.stderr]).toEqual([1, expect.stringContaining('CERTIFICATE_OVER')])
  const refused = await onEdge('./install.sh --yes')
  expect([refused.code, refused.stderr]).toEqual([3, expect.stringContaining('certificate expired at')])
  await pair.takeJoinFile()
  await succeeds(onEdge, './install.sh --yes --config edge-join.yaml')
  expect(await causes(onEdge)).toEqual([])
})

it('on day 300 of the new ones renew renews them all, and stops no pod', async () => {
  await day(370 + 300)
  for (const [run, ctr] of [
    [onCloud, 'k3s ctr'],
    [onEdge, 'ctr'],
  ] as const) {
    const before = await containers(run, ctr)
    const said = await succeeds(run, './edgelift renew')
    expect(said).toMatch(/Renewed: (k3s, cloudstream|edgecore)/)
    const { 'join-token': _token, ...left } = await daysLeft(run)
    for (const days of Object.values(left)) expect(days).toBeGreaterThan(360)
    expect(await containers(run, ctr)).toEqual(expect.arrayContaining(before))
  }
  await expect
    .poll(() => kubectl(pair.cloud, ['get', 'node', 'edge', '--no-headers']), { timeout: 120_000 })
    .toMatch(/ Ready /)
})

it('right after a power loss renew waits for the API, and knows of every certificate', async () => {
  await pair.cloud.powerLoss()
  await pair.cloud.boot()
  const { renewed, certificates } = JSON.parse(await stdoutOf(onCloud, './edgelift renew --json')) as {
    renewed: string[]
    certificates: { name: string }[]
  }
  expect(renewed).toEqual([])
  expect(certificates.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['k3s', 'cloudhub', 'cloudstream', 'kubeedge-ca']),
  )
})

it('a certificate of K3s that a power loss has left empty keeps it from starting: the doctor names it, install.sh heals it', async () => {
  const file = '/var/lib/rancher/k3s/server/tls/serving-kube-apiserver.crt'
  await pair.cloud.exec(
    `systemctl stop k3s && : >${file} && touch -d '1 minute ago' ${file} && systemctl start --no-block k3s`,
  )
  await expect
    .poll(async () => (await found(onCloud)).find(({ code }) => code === 'UNIT_DOWN'), { timeout: 120_000 })
    .toMatchObject({ consequenceOf: 'CERTIFICATE_DAMAGED' })
  expect(await succeeds(onCloud, './install.sh --yes')).toContain(file)
  expect((await causes(onCloud)).filter(({ code }) => code.startsWith('CERTIFICATE'))).toEqual([])
})

it('fifty days before the end they are findings, and install.sh renews them', async () => {
  await day(370 + 300 + 315)
  for (const [run, name] of [
    [onCloud, 'K3s'],
    [onEdge, 'EdgeCore'],
  ] as const) {
    const ending = (await causes(run)).filter(({ code }) => code === 'CERTIFICATE_ENDS')
    expect(ending).toContainEqual(
      expect.objectContaining({ severity: 'note', seen: expect.stringContaining(name) }),
    )
    expect(await succeeds(run, './install.sh --yes')).toContain(`${name}`)
    expect((await causes(run)).filter(({ code }) => code.startsWith('CERTIFICATE'))).toEqual([])
  }
})

it('a certificate that has expired by a wrong clock alone follows from the clock, of which the cloud tells, too', async () => {
  await pair.edge.clock((370 + 300 + 315 + 400) * DAY)
  const told = await found(onEdge)
  expect(told[0]?.code).toBe('CLOCK_DIFFERS')
  expect(told).toContainEqual(
    expect.objectContaining({ code: 'CERTIFICATE_EXPIRED', consequenceOf: 'CLOCK_DIFFERS' }),
  )
  await expect
    .poll(async () => (await causes(onCloud)).map(({ code, seen }) => `${code} ${seen}`), { timeout: 60_000 })
    .toContainEqual(expect.stringMatching(/^CLOCK_DIFFERS .* behind that of node edge$/))
})

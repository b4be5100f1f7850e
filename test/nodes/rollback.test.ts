import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Archives, releaseArchives, secondReleaseArchives } from '../support/archives.ts'
import { recordSeen, recordsOf } from '../support/disturbing.ts'
import { kubectl, waitFor } from '../support/kubernetes/index.ts'
import { passingServices } from '../support/kubernetes/passing-services.ts'
import { web } from '../support/kubernetes/web.ts'
import { laidState } from '../support/laid-state.ts'
import { airGappedPair } from '../support/nodes/index.ts'
import type { Pair, TestNode } from '../support/nodes/types.ts'
import { GATEWAY, NEXT_GATEWAY, otherRelease } from '../support/other-release.ts'
import { inDirectory, PLACEHOLDERS, takeJoinFile, unpackOn } from '../support/unpacked.ts'

/** Upgrades whose program does not start, taken back; then one that succeeds and leaves nothing of the release before. */
const BROKEN = "#!/bin/sh\necho 'fatal: built for another machine' >&2\nexit 1\n"
let pair: Pair
let cloud: Side
let edge: Side

interface Side {
  readonly node: TestNode
  readonly directory: string
  readonly broken: string
  readonly next: string
  readonly install: string
  /** What says that a node is as it was: what is laid down, and which images are there. */
  readonly state: () => Promise<string>
}

interface Releases {
  readonly first: Archives
  readonly second: Archives
}

/** The upgrades go from the first shipped release to the second one, with a gateway of its own. */
async function side(node: TestNode, releases: Releases, program: string, install: string): Promise<Side> {
  const role = node.name === 'cloud' ? 'cloud' : 'edge'
  const directory = await unpackOn(node, releases.first[role])
  const next = await otherRelease(node, await unpackOn(node, releases.second[role]))
  const broken = await otherRelease(node, directory, { programs: { [program]: BROKEN } })
  const state = () => laidState(node)
  return { node, directory, broken, next, install, state }
}

beforeAll(async () => {
  const releases = { first: await releaseArchives(), second: await secondReleaseArchives() }
  pair = await airGappedPair()
  cloud = await side(pair.cloud, releases, 'k3s-amd64', './install.sh --yes --node-ip 10.77.0.1')
  edge = await side(pair.edge, releases, 'edgecore', './install.sh --yes --config edge-join.yaml')
  await succeeds(cloud, cloud.directory, cloud.install)
  await takeJoinFile(pair, { cloud: cloud.directory, edge: edge.directory })
  await succeeds(edge, edge.directory, edge.install)
  for (const node of ['cloud', 'edge']) await kubectl(pair.cloud, ['apply', '-f', '-'], { input: web(node) })
  await servicesAnswer()
})
afterAll(async () => {
  await pair?.[Symbol.asyncDispose]()
})

async function succeeds({ node }: Side, directory: string, line: string): Promise<string> {
  const { code, stdout, stderr } = await inDirectory(node, directory, line)
  expect(code, stdout + stderr).toBe(0)
  return stdout
}

async function servicesAnswer(): Promise<void> {
  const exec = ['exec', 'deployment/web-cloud', '--', 'timeout', '5', 'wget', '-qO-', 'http://web-edge:12345']
  await waitFor(
    'the cloud reaches the edge',
    async () => (await kubectl(pair.cloud, exec, { check: false, timeout: 20_000 })) === 'hello from edge\n',
    { timeout: 180_000, explain: () => kubectl(pair.cloud, ['get', 'pods', '-A', '-o', 'wide']) },
  )
  await hearsOfNew('edge', EDGE_HEARS)
}

/**
 * Seconds. The cluster's DNS hears as soon as it asks again, though it has watched a datastore that was replaced by an older one.
 * After an API that was away it asks within half a minute, and as much again by chance (client-go tools/cache/reflector.go).
 */
const CLOUD_HEARS = 90
/**
 * An edge's agent that opens its watches while CloudCore is away hears of nothing until they close, which takes up to ten
 * minutes: what comes next would be taken for a fault of it.
 */
const EDGE_HEARS = 660

/** A pod on the node can resolve a service that is new. */
async function hearsOfNew(node: 'cloud' | 'edge', seconds: number): Promise<void> {
  const name = `news-${Date.now()}`
  await kubectl(pair.cloud, ['create', 'service', 'clusterip', name, '--tcp=80:80'])
  const lookup = ['exec', `deployment/web-${node}`, '--', 'nslookup', `${name}.default.svc.cluster.local`]
  await waitFor(
    `the ${node} hears of a new service`,
    async () => (await kubectl(pair.cloud, lookup, { check: false, timeout: 20_000 })).includes('Name:'),
    { timeout: seconds * 1000, explain: () => kubectl(pair.cloud, ['get', 'pods', '-A', '-o', 'wide']) },
  )
  await kubectl(pair.cloud, ['delete', 'service', name])
}

/**
 * Everything is as it was. Only an image of the release that was left may stay until the next run, while a pod that ends
 * slowly needs it; that run is not to restore anything else.
 */
async function asBefore(one: Side, before: string): Promise<void> {
  const poll = () => expect.poll(one.state, { timeout: 60_000, interval: 2000 }).toBe(before)
  await poll().catch(async () => {
    const [was, is] = [before.split('\n'), (await one.state()).split('\n')]
    expect(was.filter((line) => !is.includes(line))).toEqual([])
    for (const line of is.filter((each) => !was.includes(each))) expect(line).toMatch(/^docker\.io\//)
    await succeeds(one, one.directory, './install.sh --yes')
    await poll()
  })
}

it('refuses to go back where there is nothing to go back to', async () => {
  const { code, stderr } = await inDirectory(cloud.node, cloud.directory, './edgelift rollback --yes')
  expect([code, stderr]).toEqual([3, expect.stringContaining('error[ROLLBACK_IMPOSSIBLE]')])
})

it.each(['cloud', 'edge'] as const)(
  'a program of the %s that does not start ends its upgrade within seconds, and a rollback undoes it',
  async (name) => {
    const one = name === 'cloud' ? cloud : edge
    const before = await one.state()
    const began = Date.now()
    const failed = await inDirectory(one.node, one.broken, './install.sh --yes')
    expect([failed.code, failed.stderr]).toEqual([
      1,
      expect.stringContaining('fatal: built for another machine'),
    ])
    expect(failed.stderr).toContain('sudo ./edgelift rollback')
    expect(Date.now() - began).toBeLessThan(150_000)
    if (name === 'edge') await failsWithoutItsCloud(one)
    const status = await succeeds(one, one.broken, './edgelift status')
    expect(status).toMatch(/upgrade incomplete/)
    expect(status).toMatch(/copy of kubeedge-\S+ for \.\/edgelift rollback: \/var\/lib\/edgelift\/copies\//)
    expect((await one.node.exec('stat -c %a /var/lib/edgelift/copies/*')).stdout).toBe('700\n')
    expect(await one.state()).not.toBe(before)
    // Killed in the middle of it: the next run goes on.
    const old = (await recordsOf(one.node)).length
    const running = one.node.spawn(['sh', '-c', `cd '${one.broken}' && exec ./edgelift rollback --yes`], {
      env: PLACEHOLDERS,
    })
    await recordSeen({ node: one.node, running, old }, 'files begin')
    await running.kill('SIGKILL')
    await running.done
    expect(await succeeds(one, one.broken, './edgelift status')).toContain('rollback incomplete')
    await succeeds(one, one.broken, './edgelift rollback --yes')
    await asBefore(one, before)
    await servicesAnswer()
    expect(JSON.parse(await succeeds(one, one.directory, './install.sh --yes --json'))).toMatchObject({
      applied: [],
    })
    expect((await one.node.exec('ls /var/lib/edgelift')).stdout).not.toMatch(/copies|marks/)
  },
)

/** An edge whose cloud is away is content without it, but not without its own program. */
async function failsWithoutItsCloud({ node, broken }: Side): Promise<void> {
  await using _cut = await pair.cutLink()
  const { code, stdout, stderr } = await inDirectory(node, broken, './install.sh --yes')
  expect([code, stderr], stdout).toEqual([1, expect.stringContaining('fatal: built for another machine')])
}

it('goes back when the power fails in the upgrade, and again in the rollback', async () => {
  const { node, broken, state } = cloud
  const before = await state()
  for (const [line, record] of [
    ['./install.sh --yes', 'k3s done'],
    ['./edgelift rollback --yes', 'files done'],
  ] as const) {
    const old = (await recordsOf(node)).length
    const running = node.spawn(['sh', '-c', `cd '${broken}' && exec ${line}`], { env: PLACEHOLDERS })
    await recordSeen({ node, running, old }, record)
    await node.powerLoss()
    await running.done
    await node.boot()
  }
  await succeeds(cloud, broken, './edgelift rollback --yes')
  await asBefore(cloud, before)
  await servicesAnswer()
})

it.each(['cloud', 'edge'] as const)(
  'an image of the %s that was rebuilt under its tag is replaced, and comes back with a rollback',
  async (name) => {
    const one = name === 'cloud' ? cloud : edge
    const before = await one.state()
    const digestOf = (state: string) => state.split('\n').find((line) => line.startsWith(`${GATEWAY} `))
    const rebuilt = await otherRelease(one.node, one.directory, { rebuilt: true })
    await succeeds(one, rebuilt, './install.sh --yes --keep-previous')
    const after = await one.state()
    expect(digestOf(after)).not.toBe(digestOf(before))
    await succeeds(one, rebuilt, './edgelift verify')
    expect(JSON.parse(await succeeds(one, rebuilt, './install.sh --yes --json'))).toMatchObject({
      applied: [],
    })
    await succeeds(one, rebuilt, './edgelift rollback --yes')
    await asBefore(one, before)
  },
)

it.each(['cloud', 'edge'] as const)(
  'an upgrade of the %s keeps the previous release when it is told to, and goes back to it',
  async (name) => {
    const one = name === 'cloud' ? cloud : edge
    const before = await one.state()
    await succeeds(one, one.next, './install.sh --yes --keep-previous')
    expect(await one.state()).toContain(GATEWAY)
    expect(await one.state()).toContain(NEXT_GATEWAY)
    await servicesAnswer() // the edge's upgrade comes before its cloud's here
    if (name === 'cloud') await passingServices(pair.cloud)
    await succeeds(one, one.next, './edgelift rollback --yes')
    if (name === 'cloud') await hearsOfNew('cloud', CLOUD_HEARS)
    await asBefore(one, before)
    await servicesAnswer()
  },
)

it.each(['cloud', 'edge'] as const)(
  'an upgrade of the %s leaves no image, tarball or copy of the release before',
  async (name) => {
    const one = name === 'cloud' ? cloud : edge
    await succeeds(one, one.next, './install.sh --yes')
    // A pod of the release before that takes long to end keeps its image until a later run.
    const isInUse = async () =>
      /kubeedge\/[\w-]+:v1\.22\.0|edgemesh-gateway:v1\.17\.0/.test(await one.state())
    for (let run = 0; run < 3 && (await isInUse()); run++) await succeeds(one, one.next, './install.sh --yes')
    const after = await one.state()
    expect(after).toContain(NEXT_GATEWAY)
    expect(after).not.toContain(GATEWAY)
    expect(after).not.toContain('gateway-v1.17.0')
    expect(after).not.toMatch(/kubeedge\/[\w-]+:v1\.22\.0/)
    expect((await one.node.exec('ls /var/lib/edgelift')).stdout).not.toMatch(/copies/)
    await servicesAnswer()
    await succeeds(one, one.next, './edgelift verify')
  },
)

it.each(['cloud', 'edge'] as const)(
  'an older release replaces the one of the %s only with --allow-downgrade',
  async (name) => {
    const one = name === 'cloud' ? cloud : edge
    const older = await otherRelease(one.node, one.directory, { version: '1.21.9' })
    const refused = await inDirectory(one.node, older, './install.sh --yes')
    expect([refused.code, refused.stderr]).toEqual([3, expect.stringContaining('RELEASE_OLDER')])
    await succeeds(one, older, './install.sh --yes --allow-downgrade')
    const status = JSON.parse(await succeeds(one, older, './edgelift status --json'))
    expect(JSON.stringify(status)).toContain('"version":"1.21.9"')
    await servicesAnswer()
    await succeeds(one, older, './edgelift verify')
  },
)

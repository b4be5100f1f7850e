import { beforeAll, describe, expect, it } from 'vitest'
import { releaseArchives } from '../support/archives.ts'
import { diffStates, type NodeState, type TestNode } from '../support/nodes/index.ts'
import { typeOn } from '../support/typing.ts'
import { inDirectory, PLACEHOLDERS, unpackOn } from '../support/unpacked.ts'
import { type Run, unpackedPair } from '../support/unpacked-pair.ts'

/** Everything here happens below a path with a space and Chinese characters. */
const FOLDER = '/data/离线 包'
const CLOUD = '10.77.0.1'

const pair = unpackedPair({ folder: FOLDER })
const { onCloud, onEdge } = pair
let untouched: NodeState

beforeAll(async () => {
  untouched = await pair.edge.snapshot()
})

interface Refusal {
  readonly exit: number
  readonly says: readonly (string | RegExp)[]
}

async function expectRefusal(run: Run, line: string, { exit, says }: Refusal): Promise<void> {
  const { code, stdout, stderr } = await run(line)
  for (const words of says) expect(stderr, stdout).toMatch(words)
  expect([line, code]).toEqual([line, exit])
}

async function expectUntouched(node: TestNode, before: NodeState): Promise<void> {
  expect(diffStates(before, await node.snapshot())).toEqual([])
}

/** `./install.sh` on the edge, with what nothing is wrong with: its cloud and its token. */
const GOOD = `./install.sh --yes --cloud ${CLOUD} --token-file /root/token`

describe('before there is a cloud, and with nothing changed on the node, refuses', () => {
  it.each<[string, string, Refusal]>([
    ['no answers at all', './install.sh --yes', { exit: 3, says: ['ANSWER_NEEDED', 'TOKEN_MISSING'] }],
    [
      'an answer of the other role',
      './install.sh --yes --relay-nodes a=1.1.1.1',
      { exit: 2, says: ['cloud role'] },
    ],
    ['a mistyped option', './install.sh --yes --clod x', { exit: 2, says: ['did you mean --cloud'] }],
    ['no root', `setpriv --reuid 65534 --clear-groups ${GOOD}`, { exit: 3, says: ['NOT_ROOT'] }],
    ['a cloud that refuses', GOOD, { exit: 3, says: [/CLOUD_REFUSED.*10000, 10002/, 'TOKEN_UNREADABLE'] }],
    [
      'a cloud that is not there',
      './install.sh --yes --cloud 10.77.0.9 --json >&2',
      { exit: 3, says: ['CLOUD_SILENT', '"changed": false'] },
    ],
    [
      'a taken port, together with all the rest',
      `{ systemd-socket-activate -l 127.0.0.1:10550 true 2>/dev/null & }; sleep 1; ${GOOD}; code=$?; kill $!; exit $code`,
      { exit: 3, says: [/PORT_TAKEN.*10550.*systemd-socket/, 'CLOUD_REFUSED', 'TOKEN_UNREADABLE'] },
    ],
    [
      'a damaged file',
      'printf x >> keadm; ./install.sh --yes; code=$?; truncate -s -1 keadm; exit $code',
      { exit: 4, says: ['keadm'] },
    ],
    [
      'missing and foreign files',
      'mv runc other; ./install.sh --yes; code=$?; mv other runc; exit $code',
      { exit: 4, says: ['other', 'runc'] },
    ],
    [
      'a directory without its manifest',
      'mv manifest.json /root; ./install.sh --yes; code=$?; mv /root/manifest.json .; exit $code',
      { exit: 4, says: ['manifest.json'] },
    ],
    [
      'a directory that is mounted noexec',
      'mount --bind . . && cd "$PWD" && mount -o remount,bind,noexec . && sh install.sh; code=$?; cd /; umount "$OLDPWD"; exit $code',
      { exit: 3, says: ['DIRECTORY_NOEXEC'] },
    ],
  ])('%s', (_title, line, refusal) => expectRefusal(onEdge, line, refusal))

  it('the answers of an edge in the cloud archive', () =>
    expectRefusal(onCloud, 'echo "cloud: x" > /root/edge.yaml; ./install.sh --yes --config /root/edge.yaml', {
      exit: 2,
      says: ['edge.yaml: cloud', 'this is the cloud archive'],
    }))

  it('shows a normal user all of it, and the plan', async () => {
    const look = `setpriv --reuid 65534 --clear-groups ./install.sh --dry-run --cloud ${CLOUD} --json`
    const { code, stdout } = await onEdge(look)
    expect(code).toBe(3)
    const { findings, plan } = JSON.parse(stdout) as { findings: { code: string }[]; plan: unknown[] }
    expect(findings.map((one) => one.code)).toEqual(expect.arrayContaining(['CLOUD_REFUSED', 'NOT_ROOT']))
    expect(plan.length).toBeGreaterThan(3)
  })

  it('and nothing was changed', () => expectUntouched(pair.edge, untouched))
})

it('installs a cloud from such a path', async () => {
  const { code, stdout, stderr } = await onCloud(`./install.sh --yes --node-ip ${CLOUD}`)
  expect(code, stdout + stderr).toBe(0)
})

describe('at a living cloud, and with nothing changed on the node, refuses', () => {
  beforeAll(async () => {
    const token = (await onCloud('./edgelift token')).stdout.trim()
    const [hash = '', header = ''] = token.split('.')
    const claims = Buffer.from(JSON.stringify({ exp: 1 })).toString('base64url')
    await pair.edge.writeFile('/root/token', `${token}\n`, 0o600)
    await pair.edge.writeFile('/root/expired', `${hash}.${header}.${claims}.c2ln\n`, 0o600)
    await pair.edge.writeFile('/root/foreign', `${'0'.repeat(64)}${token.slice(64)}`, 0o600)
    untouched = await pair.edge.snapshot()
  })

  const withToken = (file: string) => `./install.sh --yes --cloud ${CLOUD} --token-file ${file}`

  it.each<[string, string, Refusal]>([
    [
      'a token that was cut off',
      `head -c 90 /root/token | ${withToken('-')}`,
      { exit: 3, says: ['TOKEN_MALFORMED'] },
    ],
    ['a token that ran out', withToken('/root/expired'), { exit: 3, says: ['TOKEN_EXPIRED'] }],
    ["another cloud's token", withToken('/root/foreign'), { exit: 3, says: ['TOKEN_FOREIGN'] }],
    ['a name that is taken', `${GOOD} --node-name cloud`, { exit: 3, says: ['NODE_NAME_TAKEN'] }],
  ])('%s', (_title, line, refusal) => expectRefusal(onEdge, line, refusal))

  it('on a terminal too, where it asks for what is missing and does not show the token', async () => {
    const token = await pair.edge.readFile('/root/token')
    const { code, record } = await typeOn(pair.edge, ['./install.sh --node-name cloud'], {
      folder: pair.directories.edge,
      columns: 80,
      env: PLACEHOLDERS,
      answers: [
        { question: 'Address of the cloud node', text: CLOUD },
        { question: 'Join token', text: token.trim() },
      ],
    })
    expect([code, record]).toEqual([3, expect.stringContaining('NODE_NAME_TAKEN')])
    expect(record).not.toContain(token.slice(70, 100))
  })

  it('a clock that is apart', async () => {
    await pair.edge.clock(-3600)
    await expectRefusal(onEdge, GOOD, { exit: 3, says: [/CLOCK_DIFFERS.*60 min behind/] })
    await pair.edge.clock(0)
  })

  it('and nothing was changed', () => expectUntouched(pair.edge, untouched))
})

it('joins an edge from such a path, and needs neither token nor cloud to be run again', async () => {
  const joined = await onEdge(`${GOOD.replace('/root/token', '-')} < /root/token`)
  expect(joined.code, joined.stdout + joined.stderr).toBe(0)
  const again = await onEdge('./install.sh --yes --json')
  expect(JSON.parse(again.stdout), again.stderr).toMatchObject({ changed: false })
})

it('tells a normal user that root has installed here, and takes none of it for a stranger’s', async () => {
  const { code, stdout } = await onEdge('setpriv --reuid 65534 --clear-groups ./install.sh --dry-run --json')
  expect([code, JSON.parse(stdout)]).toEqual([3, { error: expect.objectContaining({ code: 'NOT_ROOT' }) }])
})

it('refuses another address for its cloud where no cloud is, since it would be cut off', async () => {
  const refused = await onEdge('./install.sh --yes --cloud 10.77.0.9')
  expect([refused.code, refused.stderr]).toEqual([3, expect.stringMatching(/CLOUD_(SILENT|UNREACHABLE)/)])
  expect((await onEdge('./edgelift status')).stdout).toContain('EdgeCore is connected to the cloud')
})

it('refuses the edge archive on the cloud node', async () => {
  const archives = await releaseArchives()
  const other = await unpackOn(pair.cloud, archives.edge, FOLDER)
  const run = (line: string) => inDirectory(pair.cloud, other, line)
  await expectRefusal(run, `./install.sh --yes --cloud 10.77.0.2`, { exit: 3, says: ['OTHER_ROLE'] })
})

import path from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { releaseArchives } from '../support/archives.ts'
import { kubectl, waitFor } from '../support/kubernetes/index.ts'
import { airGappedPair } from '../support/nodes/index.ts'
import type { Pair, TestNode } from '../support/nodes/types.ts'
import { blocksOf, OPERATOR_PAGES } from '../support/operator-pages.ts'
import { type Typing, typeOn } from '../support/typing.ts'
import { PLACEHOLDERS } from '../support/unpacked.ts'

/**
 * What operators type is what is tested here, on a terminal of 80 columns, on a younger Debian than elsewhere. The
 * nodes stand in two networks, and their default route leads into a dummy device.
 */
let pair: Pair
/** The page's blocks of commands. */
let page: string[][]
/** The first two blocks of the page on backups. */
let backupPage: { readonly backUp: string[]; readonly restore: string[] }
const folder = new Map<TestNode, string>()
const PASSPHRASE = 'correct horse battery staple'
const CONSENT = [{ question: '(y/n)', text: 'y' }]
const COLUMNS = 80

beforeAll(async () => {
  page = (await blocksOf(OPERATOR_PAGES.en)).flat()
  const [backUp = [], restore = []] = (await blocksOf('en/backup-and-restore.md')).flat()
  backupPage = { backUp, restore }
  const archives = await releaseArchives()
  pair = await airGappedPair({ image: 'debian-13', defaultRoute: false })
  for (const [node, archive, host] of [
    [pair.cloud, archives.cloud, 1],
    [pair.edge, archives.edge, 2],
  ] as const) {
    await node.exec(`set -e
ip link add route0 type dummy 2>/dev/null || ip link add route0 type ifb # not every kernel has dummy
ip address add 203.0.113.25${host}/24 dev route0
ip link set route0 up
ip route add default via 203.0.113.254 dev route0
ip link add plant0 type veth peer name plant1
ip address add 10.99.0.${host}/24 dev plant0
ip link set plant0 up
ip link set plant1 up`)
    folder.set(node, `/data/${path.basename(archive, '.tar.gz')}`)
    for (const file of [archive, `${archive}.sha256`]) await node.copyIn(file, `/data/${path.basename(file)}`)
  }
})
afterAll(async () => {
  await pair?.[Symbol.asyncDispose]()
})

/** The block in which somebody types `line`. */
function block(line: string): string[] {
  const found = page.find((lines) => lines.includes(line))
  if (found === undefined) throw new Error(`no block of the page has: ${line}`)
  return found
}

/** @returns the screen's lines at the end */
async function type(
  node: TestNode,
  lines: readonly string[],
  {
    from = folder.get(node),
    answers = [],
  }: { readonly from?: string | undefined; readonly answers?: Typing['answers'] } = {},
): Promise<string[]> {
  const env = { ...PLACEHOLDERS, LANG: 'C.UTF-8' }
  const { code, screen } = await typeOn(node, lines, {
    folder: from ?? '/data',
    columns: COLUMNS,
    env,
    answers,
  })
  const shown = screen.lines.join('\n')
  expect(code, `${lines.join('\n')}\n${shown}`).toBe(0)
  expect(shown, 'a bar that was left behind').not.toMatch(/[█░]/)
  return screen.lines
}

it('installs a cloud, which asks for the address that edges dial', async () => {
  const lines = await type(pair.cloud, block('sudo ./install.sh'), {
    from: '/data',
    answers: [
      { question: 'Address that edge nodes dial', text: pair.cloud.address },
      { question: '(y/n)', text: 'yy' },
      { question: 'Please type y or n.', text: 'y' },
    ],
  })
  expect(lines.join('\n')).not.toContain('203.0.113')
})

it('joins an edge', async () => {
  await type(pair.cloud, block('sudo ./edgelift token --join edge-join.yaml'))
  const join = await pair.cloud.readFile(`${folder.get(pair.cloud)}/edge-join.yaml`)
  expect(join).toContain(`cloud: ${pair.cloud.address}\n`)
  await pair.edge.writeFile('/data/edge-join.yaml', join, 0o600)
  await type(pair.edge, block('sudo ./install.sh --yes --config ../edge-join.yaml'), { from: '/data' })
})

it('verifies both', async () => {
  for (const node of [pair.cloud, pair.edge]) await type(node, block('sudo ./edgelift verify'))
})

/** Where the lines of the page on troubleshooting are typed: "Commands with `kubectl` run on the cloud node". */
const PLACES: readonly (readonly [RegExp, (of: Pair) => readonly TestNode[]])[] = [
  [/^sudo |^ctr .* ls /, ({ cloud, edge }) => [cloud, edge]],
  [/^kubectl |^cp /, ({ cloud }) => [cloud]],
  [/^(curl|journalctl|ip|modprobe|ctr) /, ({ edge }) => [edge]],
]

/** A node's kernel has everything built in here, and no folder of modules that would say so. */
const KERNEL = 'modprobe() { [ -d "/lib/modules/$(uname -r)" ] || return 0; command modprobe "$@"; }'

it('looks for the cause of problems as the page on troubleshooting says, on nodes that have none', async () => {
  const lines = (await blocksOf('en/troubleshooting.md')).flat(2)
  const typed = block('sudo ./edgelift verify') // by the test before
  const open = lines.filter((line) => !typed.includes(line))
  expect(open.length).toBeGreaterThan(12)
  for (const line of open) {
    const nodes = PLACES.find(([beginning]) => beginning.test(line))?.[1](pair)
    if (nodes === undefined) throw new Error(`on which node is this typed? ${line}`)
    for (const node of nodes) await type(node, [KERNEL, line.replaceAll('"EDGE"', '"edge"')])
    if (line.startsWith('kubectl -n kubeedge delete')) await agentsAreReady()
  }
})

async function agentsAreReady(): Promise<void> {
  const ready = [
    'get',
    'pods',
    '-l',
    'kubeedge=edgemesh-agent',
    '-o',
    'jsonpath={.items[*].status.conditions[?(@.type=="Ready")].status}',
  ]
  await waitFor(
    'both agents are ready',
    async () => (await kubectl(pair.cloud, ['-n', 'kubeedge', ...ready])) === 'True True',
    {
      timeout: 120_000,
    },
  )
}

it('sees when certificates end, renews them, and joins again with a new token, as the page on renewal says', async () => {
  const [look = [], [token = '', join = ''] = []] = (await blocksOf('en/renewal.md')).flat()
  for (const node of [pair.cloud, pair.edge]) await type(node, look)
  await type(pair.cloud, [token])
  const file = await pair.cloud.readFile(`${folder.get(pair.cloud)}/edge-join.yaml`)
  await pair.edge.writeFile(`${folder.get(pair.edge)}/edge-join.yaml`, file, 0o600)
  await type(pair.edge, [join], { answers: CONSENT })
})

it('backs up the cloud, as the page on backups says', async () => {
  await pair.cloud.exec('mkdir -p /mnt/usb')
  await type(pair.cloud, backupPage.backUp, {
    answers: [
      { question: 'Passphrase for the backup', text: PASSPHRASE },
      { question: 'The same again', text: PASSPHRASE },
    ],
  })
})

it('restores a cloud that was lost from its backup; its edge comes back by itself', async () => {
  await cleanUp(pair.cloud)
  await type(pair.cloud, backupPage.restore, {
    answers: [{ question: 'Passphrase of the backup', text: PASSPHRASE }, ...CONSENT],
  })
  for (const node of [pair.cloud, pair.edge]) await type(node, ['sudo ./edgelift verify'])
})

it('cleans up both', async () => {
  for (const node of [pair.edge, pair.cloud]) await cleanUp(node)
})

async function cleanUp(node: TestNode): Promise<void> {
  await type(node, block('sudo ./cleanup.sh'), { answers: CONSENT })
  const { stdout } = await node.exec('ls /usr/local/bin; ps -e -o args=')
  expect(stdout).not.toMatch(/k3s|edgecore|containerd/)
}

import path from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { releaseArchives } from '../support/archives.ts'
import { airGappedPair } from '../support/nodes/index.ts'
import type { Pair, TestNode } from '../support/nodes/types.ts'
import { commandsOf, OPERATOR_PAGES } from '../support/operator-pages.ts'
import { PLACEHOLDERS } from '../support/unpacked.ts'

/** What operators type is what is tested here, on a younger Debian than elsewhere. */
let pair: Pair
let page: string[][]
const folder = new Map<TestNode, string>()

beforeAll(async () => {
  page = await commandsOf(OPERATOR_PAGES.en)
  const archives = await releaseArchives()
  pair = await airGappedPair({ image: 'debian-13' })
  for (const [node, archive] of [
    [pair.cloud, archives.cloud],
    [pair.edge, archives.edge],
  ] as const) {
    folder.set(node, `/data/${path.basename(archive, '.tar.gz')}`)
    for (const file of [archive, `${archive}.sha256`]) await node.copyIn(file, `/data/${path.basename(file)}`)
  }
})
afterAll(async () => {
  await pair?.[Symbol.asyncDispose]()
})

/** The lines of the section in which somebody types `line`. */
function section(line: string): string[] {
  const found = page.find((lines) => lines.includes(line))
  if (found === undefined) throw new Error(`no section of the page has: ${line}`)
  return found
}

/** Types lines one after the other in one shell, as root, whom nobody has to make one. */
async function type(node: TestNode, lines: readonly string[], from = folder.get(node)): Promise<void> {
  // The nodes' default route leads nowhere, so an address has to be named on the cloud.
  const env = { ...PLACEHOLDERS, ...(node === pair.cloud ? { EDGELIFT_NODE_IP: node.address } : {}) }
  const script = ['sudo() { "$@"; }', `cd '${from}'`, ...lines].join('\n')
  const { code, stdout, stderr } = await node.exec(['bash', '-ec', script], { check: false, env })
  expect(code, `${lines.join('\n')}\n${stdout}${stderr}`).toBe(0)
}

it('installs a cloud', async () => {
  await type(pair.cloud, section('sudo ./install.sh'), '/data')
})

it('joins an edge', async () => {
  const [token = '', ...onEdge] = section('sudo ./edgelift token --join edge-join.yaml')
  await type(pair.cloud, [token])
  const join = await pair.cloud.readFile(`${folder.get(pair.cloud)}/edge-join.yaml`)
  await pair.edge.writeFile('/data/edge-join.yaml', join, 0o600)
  await type(pair.edge, onEdge, '/data')
})

it('verifies both', async () => {
  for (const node of [pair.cloud, pair.edge]) await type(node, section('sudo ./edgelift verify'))
})

it('cleans up both', async () => {
  for (const node of [pair.edge, pair.cloud]) {
    await type(node, section('sudo ./cleanup.sh'))
    const { stdout } = await node.exec('ls /usr/local/bin; ps -e -o args=')
    expect(stdout).not.toMatch(/k3s|edgecore|containerd/)
  }
})

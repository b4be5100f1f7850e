import { stripVTControlCharacters } from 'node:util'
import { beforeAll, expect, it } from 'vitest'
import type { TestNode } from '../support/nodes/types.ts'
import { blocksOf } from '../support/operator-pages.ts'
import { typeOn } from '../support/typing.ts'
import { PLACEHOLDERS } from '../support/unpacked.ts'
import { succeeds, unpackedPair } from '../support/unpacked-pair.ts'

/** Every command of the page "The guide's manual path", typed on a terminal in the page's order. */
const pair = unpackedPair()
let sections: string[][][]

beforeAll(async () => {
  sections = await blocksOf('en/manual-path.md')
})

/** The blocks of the section that has a line which begins so. */
function blocks(beginning: string): string[][] {
  const found = sections.find((section) => section.flat().some((line) => line.startsWith(beginning)))
  if (found === undefined) throw new Error(`no section of the page has: ${beginning}`)
  return found
}

/** The lines that the rest of the page stands on: they are typed once in the shell that stays open. */
const shell = (): string[] =>
  blocks('kubectl apply')[0]?.filter((line) => /^(export|NODE|ADDRESS)\b/.test(line)) ?? []

/** @returns what the terminal showed */
async function type(node: TestNode, lines: readonly string[] = []): Promise<string> {
  expect(lines).not.toEqual([])
  const folder = node === pair.cloud ? pair.directories.cloud : pair.directories.edge
  const before = node === pair.cloud ? shell() : []
  const typed = lines.map((line) => line.replaceAll('"EDGE"', '"edge"'))
  const { code, record } = await typeOn(node, [...before, ...typed], {
    folder,
    columns: 200,
    env: PLACEHOLDERS,
  })
  expect(code, record).toBe(0)
  return stripVTControlCharacters(record)
}

it('begins with a cloud and an edge without EdgeMesh', async () => {
  await succeeds(pair.onCloud, './install.sh --yes --edgemesh no')
  await pair.takeJoinFile()
  await succeeds(pair.onEdge, './install.sh --yes --config edge-join.yaml')
})

it('installs EdgeMesh, which a later ./install.sh keeps, with the PSK that is in force', async () => {
  const [block] = blocks('kubectl apply')
  const shown = await type(pair.cloud, block)
  expect(shown).toMatch(/dynamicController:\s+enable: true/)
  expect(shown).toMatch(/edgemesh\s+kubeedge\s+1\s/)
  expect(await succeeds(pair.onCloud, './install.sh --yes')).toMatch(
    /kubeedge\/edgemesh was not installed by edgelift and is kept as it is; the PSK in force is the one in/,
  )
})

it('checks it on both nodes', async () => {
  const [onCloud, onEdge] = blocks('crictl images')
  expect(await type(pair.cloud, onCloud)).toMatch(/edgemesh-agent-\S+\s+1\/1\s+Running/)
  expect(await type(pair.edge, onEdge)).toMatch(
    /edgemesh-agent:v1\.17\.0[\s\S]*"ServiceList"[\s\S]*169\.254\.96\.16/,
  )
})

it('asks the DNS and a service from the edge', async () => {
  const shown = await type(pair.cloud, blocks('kubectl run test-dns').flat())
  expect(shown).toMatch(/Name:\s+kubernetes\.default\.svc\.cluster\.local\s+Address: \d+\.\d+\.\d+\.\d+/)
  expect(shown).toMatch(/^hostname-[0-9a-z]+-[0-9a-z]+/m)
})

it('installs the gateway, and takes the charts away again', async () => {
  expect(await type(pair.cloud, blocks('helm install edgemesh-gateway').flat())).toContain('STATUS: deployed')
  const shown = await type(pair.cloud, blocks('helm uninstall').flat())
  for (const chart of ['edgemesh-gateway', 'edgemesh'])
    expect(shown).toContain(`release "${chart}" uninstalled`)
})

it('imports images', async () => {
  const [onCloud, onEdge] = blocks('cp images/')
  await type(pair.cloud, onCloud)
  expect(await type(pair.edge, onEdge)).toContain('io.cri-containerd.pinned=pinned')
})

it('has had every section typed', () => {
  expect(sections).toHaveLength(6)
})

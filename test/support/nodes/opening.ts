import { makeCgroups } from './cgroups.ts'
import { type EgressLog, startEgressLog } from './egress.ts'
import { type Lab, openLab } from './lab.ts'
import { makeWire, setWire, type Wire } from './network.ts'
import { allowWatching, checkRequirements } from './requirements.ts'
import type { NodeOptions, Pair, Single, TestNode, Trio } from './types.ts'

export const ADDRESSES = { cloud: '10.77.0.1', edge: '10.77.0.2', 'edge-2': '10.77.0.3' } as const
export type Role = keyof typeof ADDRESSES

export interface SingleOptions extends NodeOptions {
  /** `cloud` when left out. */
  readonly name?: Role
}

/** Where a node is made. */
export interface Place {
  readonly lab: Lab
  readonly wire: Wire
  readonly egress: EgressLog
}

/** One kind of machine: prepares what all its nodes share, and returns what makes and starts one. */
export type NodeMaker = (options: NodeOptions) => Promise<(name: Role, place: Place) => Promise<TestNode>>

export async function openPair(options: NodeOptions, maker: NodeMaker): Promise<Pair> {
  return pairOf(await open(['cloud', 'edge'], options, maker))
}

/** A pair with a second edge on the same wire. */
export async function openTrio(options: NodeOptions, maker: NodeMaker): Promise<Trio> {
  const opened = await open(['cloud', 'edge', 'edge-2'], options, maker)
  const edge2 = opened.nodes[2]
  if (edge2 === undefined) throw new Error('a trio is three nodes')
  return Object.assign(pairOf(opened), { edge2 })
}

function pairOf({ place, nodes, make }: Opened): Pair {
  let [cloud, edge] = nodes
  if (cloud === undefined || edge === undefined) throw new Error('a pair is two nodes')
  return {
    get cloud() {
      return cloud as TestNode
    },
    get edge() {
      return edge as TestNode
    },
    replace: async (name) => {
      await (name === 'cloud' ? cloud : edge)?.powerLoss()
      const node = await make(name, place)
      if (name === 'cloud') cloud = node
      else edge = node
    },
    egress: place.egress.attempts,
    cutLink: async () => {
      await setWire(place.wire, 'down')
      return { [Symbol.asyncDispose]: () => setWire(place.wire, 'up') }
    },
    [Symbol.asyncDispose]: () => close(place),
  }
}

export async function openSingle(options: SingleOptions, maker: NodeMaker): Promise<Single> {
  const { place, nodes } = await open([options.name ?? 'cloud'], options, maker)
  const [node] = nodes
  if (node === undefined) throw new Error('no node was made')
  return { node, egress: place.egress.attempts, [Symbol.asyncDispose]: () => close(place) }
}

interface Opened {
  readonly place: Place
  readonly nodes: readonly TestNode[]
  readonly make: Awaited<ReturnType<NodeMaker>>
}

async function open(names: readonly Role[], options: NodeOptions, maker: NodeMaker): Promise<Opened> {
  await checkRequirements()
  await allowWatching()
  const make = await maker(options)
  const lab = await openLab()
  try {
    await makeCgroups(lab.cgroups)
    const wire = await makeWire(lab.id)
    const egress = await startEgressLog(wire, lab.folder, lab.cgroups)
    const place = { lab, wire, egress }
    return { place, make, nodes: await Promise.all(names.map((name) => make(name, place))) }
  } catch (error) {
    await lab[Symbol.asyncDispose]()
    throw error
  }
}

async function close({ lab, egress }: Place): Promise<void> {
  await egress.stop()
  await lab[Symbol.asyncDispose]()
}

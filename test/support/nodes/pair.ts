import { randomBytes } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { rootOf } from './cache.ts'
import { makeCgroups } from './cgroups.ts'
import { makeDisk } from './disk.ts'
import { type EgressLog, startEgressLog } from './egress.ts'
import { type Lab, openLab } from './lab.ts'
import { makeMachine } from './machine.ts'
import { makeWire, setWire, type Wire } from './network.ts'
import { makeNode } from './node.ts'
import { checkRequirements } from './requirements.ts'
import type { NodeOptions, Pair, Single, TestNode } from './types.ts'

const ADDRESSES = { cloud: '10.77.0.1', edge: '10.77.0.2' } as const
type Role = keyof typeof ADDRESSES

/**
 * Two running machines, `cloud` 10.77.0.1 and `edge` 10.77.0.2, joined by one wire and nothing else.
 * The first pair on a machine makes its root file system (about a minute), the next ones take seconds.
 * @throws Error that says what to install when this machine lacks a program
 */
export async function airGappedPair(options: NodeOptions = {}): Promise<Pair> {
  const { lab, wire, egress, nodes } = await open(['cloud', 'edge'], options)
  const [cloud, edge] = nodes
  if (cloud === undefined || edge === undefined) throw new Error('a pair is two nodes')
  return {
    cloud,
    edge,
    egress: egress.attempts,
    cutLink: async () => {
      await setWire(wire, 'down')
      return { [Symbol.asyncDispose]: () => setWire(wire, 'up') }
    },
    [Symbol.asyncDispose]: () => close(lab, egress),
  }
}

/** One running machine, 10.77.0.1 or for `edge` 10.77.0.2, whose wire leads to nobody. */
export async function airGappedNode(options: NodeOptions & { readonly name?: Role } = {}): Promise<Single> {
  const { lab, egress, nodes } = await open([options.name ?? 'cloud'], options)
  const [node] = nodes
  if (node === undefined) throw new Error('no node was made')
  return { node, egress: egress.attempts, [Symbol.asyncDispose]: () => close(lab, egress) }
}

interface Opened {
  readonly lab: Lab
  readonly wire: Wire
  readonly egress: EgressLog
  readonly nodes: readonly TestNode[]
}

async function open(names: readonly Role[], options: NodeOptions): Promise<Opened> {
  await checkRequirements()
  const image = await rootOf(options.image ?? 'debian-12')
  const lab = await openLab()
  try {
    await makeCgroups(lab.cgroups)
    const wire = await makeWire(lab.id)
    const egress = await startEgressLog(wire, lab.folder, lab.cgroups)
    const place = { lab, wire, egress, image }
    const nodes = await Promise.all(names.map((name) => startNode(name, place, options)))
    return { lab, wire, egress, nodes }
  } catch (error) {
    await lab[Symbol.asyncDispose]()
    throw error
  }
}

async function close(lab: Lab, egress: EgressLog): Promise<void> {
  await egress.stop()
  await lab[Symbol.asyncDispose]()
}

interface Place extends Omit<Opened, 'nodes'> {
  readonly image: string
}

async function startNode(
  name: Role,
  { lab, wire, egress, image }: Place,
  options: NodeOptions,
): Promise<TestNode> {
  const address = ADDRESSES[name]
  const folder = path.join(lab.folder, name)
  await mkdir(folder)
  const disk = await makeDisk(folder, image)
  await personalise(disk.root, name, options)
  const plug = { name, address, defaultRoute: options.defaultRoute ?? true }
  const cgroups = lab.cgroups.map((group) => `${group}-${name}`)
  const machine = await makeMachine({ wire, plug, disk, cgroups })
  const node = makeNode({
    name,
    address,
    disk,
    machine,
    booted: () => egress.watchNode(name, machine.routesFile),
  })
  await options.mutate?.(node)
  await node.boot()
  return node
}

/** What an installer of Debian writes for each machine. */
async function personalise(root: string, name: string, options: NodeOptions): Promise<void> {
  const nameserver = options.nameserver === undefined ? '127.0.0.1' : options.nameserver
  const files = {
    hostname: `${name}\n`,
    hosts: `127.0.0.1 localhost\n127.0.1.1 ${name}\n::1 localhost ip6-localhost ip6-loopback\n`,
    'resolv.conf': nameserver === null ? '' : `nameserver ${nameserver}\n`,
    'machine-id': `${randomBytes(16).toString('hex')}\n`,
  }
  for (const [file, content] of Object.entries(files)) await writeFile(path.join(root, 'etc', file), content)
}

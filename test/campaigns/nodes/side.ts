import { releaseArchives } from '../../support/archives.ts'
import { airGappedNode, airGappedPair, type NodeState } from '../../support/nodes/index.ts'
import type { NodeOptions, TestNode } from '../../support/nodes/types.ts'
import { layTheirs } from '../../support/undisturbed.ts'
import { inDirectory, takeJoinFile, unpackOn } from '../../support/unpacked.ts'

export type Role = 'cloud' | 'edge'
export type Verb = 'install' | 'cleanup'

/** A machine that cases install and clean up, one after the other. */
export interface Side extends AsyncDisposable {
  readonly role: Role
  readonly node: TestNode
  /** The unpacked archive. */
  readonly directory: string
  readonly lines: Readonly<Record<Verb, string>>
  /** Milliseconds that each takes when nothing disturbs it. */
  readonly times: Readonly<Record<Verb, number>>
  /** Before anything was installed, and when it was, undisturbed. */
  readonly fresh: NodeState
  readonly installed: NodeState
  /** What a case begins with: an edge, its join file. */
  prepare(): Promise<void>
  run(line: string): ReturnType<typeof inDirectory>
}

const CLOUD_INSTALL = './install.sh --yes --node-ip 10.77.0.1'

/**
 * A new machine; an edge beside a cloud that is installed. It has been installed and cleaned up once, undisturbed,
 * and what a case begins with has reached its disk.
 * @throws Error when that does not succeed
 */
export async function openSide(role: Role, options: NodeOptions): Promise<Side> {
  const archives = await releaseArchives()
  if (role === 'cloud') {
    const lab = await airGappedNode({ ...options, name: 'cloud' })
    return await measured(lab, { role, node: lab.node, archive: archives.cloud, prepare: async () => {} })
  }
  const lab = await airGappedPair(options)
  const cloud = await unpackOn(lab.cloud, archives.cloud)
  await succeed(inDirectory(lab.cloud, cloud, CLOUD_INSTALL))
  const prepare = async (edge: string) => {
    await takeJoinFile(lab, { cloud, edge })
  }
  return await measured(lab, { role, node: lab.edge, archive: archives.edge, prepare })
}

interface Machine extends Pick<Side, 'role' | 'node'> {
  readonly archive: string
  prepare(directory: string): Promise<void>
}

async function measured(lab: AsyncDisposable, { role, node, archive, prepare }: Machine): Promise<Side> {
  const directory = await unpackOn(node, archive)
  await layTheirs(node)
  const run = (line: string) => inDirectory(node, directory, line)
  const install = role === 'cloud' ? CLOUD_INSTALL : './install.sh --yes --config edge-join.yaml'
  const lines = { install, cleanup: './cleanup.sh --yes' }
  const begin = async () => {
    await prepare(directory)
    await node.exec('sync -f / && sync -f /var/lib')
  }
  const fresh = await node.snapshot()
  await begin()
  const times = { install: await timed(() => succeed(run(lines.install))), cleanup: 0 }
  await succeed(run(lines.install)) // until nothing is left to change
  const installed = await node.snapshot()
  times.cleanup = await timed(() => succeed(run(lines.cleanup)))
  return {
    ...{ role, node, directory, lines, times, fresh, installed, run },
    prepare: begin,
    [Symbol.asyncDispose]: () => Promise.resolve(lab[Symbol.asyncDispose]()),
  }
}

async function timed(work: () => Promise<void>): Promise<number> {
  const start = performance.now()
  await work()
  return performance.now() - start
}

async function succeed(running: ReturnType<typeof inDirectory>): Promise<void> {
  const { code, stdout, stderr } = await running
  if (code !== 0) throw new Error(`it ended with ${code}\n${stdout}${stderr}`)
}

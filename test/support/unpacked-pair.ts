import { afterAll, beforeAll, expect } from 'vitest'
import { releaseArchives } from './archives.ts'
import { airGappedPair } from './nodes/index.ts'
import type { Pair } from './nodes/types.ts'
import { inDirectory, takeJoinFile, unpackOn } from './unpacked.ts'

/** Runs a command line in a node's unpacked archive; the exit code is a result. */
export type Run = (line: string) => ReturnType<typeof inDirectory>

export interface UnpackedPair extends Pick<Pair, 'cloud' | 'edge' | 'replace' | 'egress'> {
  /** Where the archives lie on the nodes. */
  readonly directories: { readonly cloud: string; readonly edge: string }
  readonly onCloud: Run
  readonly onEdge: Run
  /** See `takeJoinFile`. */
  readonly takeJoinFile: () => Promise<string>
}

interface Unpacking {
  /** Opens the pair; `airGappedPair` when left out. */
  readonly open?: () => Promise<Pair>
  /** The folder on both nodes; /data when left out. */
  readonly folder?: string
}

/**
 * Gives the tests of a file a pair of nodes with the unpacked archives of the shipped release. Registers the hooks that
 * open and close it: call it before the file's own hooks. The nodes can be used from then on.
 */
export function unpackedPair({ open = airGappedPair, folder }: Unpacking = {}): UnpackedPair {
  let opened: Pair | undefined
  const directories = { cloud: '', edge: '' }
  const pair = (): Pair => {
    if (opened === undefined) throw new Error('the pair is not open yet')
    return opened
  }
  const unpack = async (role: 'cloud' | 'edge'): Promise<void> => {
    const archives = await releaseArchives()
    directories[role] = await unpackOn(pair()[role], archives[role], folder)
  }
  beforeAll(async () => {
    await releaseArchives() // may take minutes, for which no node has to run
    opened = await open()
    await unpack('cloud')
    await unpack('edge')
  })
  afterAll(async () => {
    await opened?.[Symbol.asyncDispose]()
  })
  return {
    directories,
    get cloud() {
      return pair().cloud
    },
    get edge() {
      return pair().edge
    },
    onCloud: (line) => inDirectory(pair().cloud, directories.cloud, line),
    onEdge: (line) => inDirectory(pair().edge, directories.edge, line),
    takeJoinFile: () => takeJoinFile(pair(), directories),
    egress: () => pair().egress(),
    replace: async (role) => {
      await pair().replace(role)
      await unpack(role)
    },
  }
}

/** `unpackedPair`, and the release is installed on both nodes before the file's own hooks run. */
export function installedPair(): UnpackedPair {
  const pair = unpackedPair()
  beforeAll(async () => {
    await succeeds(pair.onCloud, './install.sh --yes --node-ip 10.77.0.1')
    await pair.takeJoinFile()
    await succeeds(pair.onEdge, './install.sh --yes --config edge-join.yaml')
  })
  return pair
}

/** @returns all that it printed */
export async function succeeds(run: Run, line: string): Promise<string> {
  const { code, stdout, stderr } = await run(line)
  expect(code, stdout + stderr).toBe(0)
  return stdout + stderr
}

/** `succeeds`, for what is on standard output alone. */
export async function stdoutOf(run: Run, line: string): Promise<string> {
  const { code, stdout, stderr } = await run(line)
  expect(code, stdout + stderr).toBe(0)
  return stdout
}

import { mkdir, readdir, readFile, rm } from 'node:fs/promises'
import path from 'node:path'
import { exec, mustExec } from '@edgelift/core'
import { once } from './nodes/cache.ts'
import type { Pair, TestNode } from './nodes/types.ts'

/**
 * Lays an unpacked archive below /data (or `folder`) of a node and returns the directory. It is unpacked once on this
 * machine and copied; a test of the unpacking itself runs `tar` on the node.
 */
export async function unpackOn(node: TestNode, archive: string, folder = '/data'): Promise<string> {
  const name = path.basename(archive).replace(/\.tar\.gz$/, '')
  const digest = (await readFile(`${archive}.sha256`, 'utf8')).slice(0, 12)
  const folders = path.join(path.dirname(archive), 'unpacked', name)
  const unpacked = path.join(folders, digest)
  await once(unpacked, async (temporary) => {
    for (const old of await readdir(folders)) {
      if (/^[0-9a-f]+$/.test(old)) await rm(path.join(folders, old), { recursive: true })
    }
    await mkdir(temporary)
    await mustExec(exec, 'tar', ['xzf', archive, '-C', temporary])
  })
  await node.copyIn(path.join(unpacked, name), `${folder}/${name}`)
  return `${folder}/${name}`
}

/** Lets the placeholders of the tests in. */
export const PLACEHOLDERS = { EDGELIFT_ALLOW_PLACEHOLDERS: '1' }

/** Runs a command line in a directory of the node; the code is a result. Placeholders of the tests are let in. */
export function inDirectory(node: TestNode, directory: string, line: string, timeout = 900_000) {
  return node.exec(`cd '${directory}' && ${line}`, {
    check: false,
    timeout,
    env: PLACEHOLDERS,
  })
}

/** Has the installed cloud write a join file, lays it into the edge's directory, and returns its text. */
export async function takeJoinFile(
  pair: Pair,
  { cloud, edge }: { readonly cloud: string; readonly edge: string },
): Promise<string> {
  await pair.cloud.exec(`cd '${cloud}' && ./edgelift token --join edge-join.yaml`, { env: PLACEHOLDERS })
  const join = await pair.cloud.readFile(`${cloud}/edge-join.yaml`)
  await pair.edge.writeFile(`${edge}/edge-join.yaml`, join, 0o600)
  return join
}

import path from 'node:path'
import { exec, mustExec } from '@edgelift/core'
import type { TestNode } from './nodes/types.ts'

/** Unpacks an archive below /data of a node, as an operator does; returns the directory. */
export async function unpackOn(node: TestNode, archive: string): Promise<string> {
  const data = path.join(node.root, 'data')
  await node.exec(['mkdir', '-p', '/data'])
  await mustExec(exec, 'tar', ['xzf', archive, '-C', data])
  return `/data/${path.basename(archive).replace(/\.tar\.gz$/, '')}`
}

/** Lets the stand-ins of the tests in. */
export const STAND_INS = { EDGELIFT_ALLOW_STAND_INS: '1' }

/** Runs a command line in a directory of the node; the code is a result. Stand-ins of the tests are let in. */
export function inDirectory(node: TestNode, directory: string, line: string, timeout = 900_000) {
  return node.exec(`cd '${directory}' && ${line}`, {
    check: false,
    timeout,
    env: STAND_INS,
  })
}

import path from 'node:path'
import { exec, mustExec } from '@edgelift/core'
import type { TestNode } from './nodes/types.ts'

/** Unpacks an archive below /data (or `folder`) of a node, as an operator does; returns the directory. */
export async function unpackOn(node: TestNode, archive: string, folder = '/data'): Promise<string> {
  await node.exec(['mkdir', '-p', folder])
  await mustExec(exec, 'tar', ['xzf', archive, '-C', path.join(node.root, folder)])
  return `${folder}/${path.basename(archive).replace(/\.tar\.gz$/, '')}`
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

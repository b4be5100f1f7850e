import path from 'node:path'
import { exec, mustExec } from '@edgelift/core'
import { npmProgram } from './npm-programs.ts'
import { repositoryRoot } from './places.ts'

/** Runs a program of this repository on the Node that archives carry; returns the JSON that it prints. */
export async function onArchiveNode(program: string): Promise<unknown> {
  const node = await npmProgram('node', process.arch === 'arm64' ? 'linux/arm64' : 'linux/amd64')
  if (node === undefined) throw new Error('Node 24 cannot be had from the npm registry')
  const words = ['scripts/run.mjs', program].map((file) => path.join(repositoryRoot, file))
  return JSON.parse(await mustExec(exec, node, words))
}

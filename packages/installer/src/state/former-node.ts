import { clearWay, makeFolder, removeOwn, writeFileAtomic } from '@edgelift/core'
import { z } from 'zod'
import { type Host, onHost } from '../node/host.ts'
import { readHostJson } from '../node/host-json.ts'
import { STATE_FOLDER } from './journal.ts'

const FORMER_NODE = `${STATE_FOLDER}/former-node.json`

/** Which node of which cloud this machine was: the cloud keeps the node's object after a cleanup here. */
const FormerNode = z.object({
  nodeName: z.string(),
  cloud: z.string(),
  /** ISO 8601: when it was cleaned up. */
  time: z.string(),
})
export type FormerNode = z.infer<typeof FormerNode>

/** Undefined when this machine was no edge, or has joined again since. */
export function formerNode(host: Host): Promise<FormerNode | undefined> {
  return readHostJson(host, FORMER_NODE, FormerNode)
}

export async function keepFormerNode(host: Host, node: Omit<FormerNode, 'time'>): Promise<void> {
  const former: FormerNode = { ...node, time: new Date(host.now()).toISOString() }
  await makeFolder(onHost(host, STATE_FOLDER))
  await clearWay(onHost(host, FORMER_NODE))
  await writeFileAtomic(onHost(host, FORMER_NODE), `${JSON.stringify(former)}\n`, 0o600)
}

export async function forgetFormerNode(host: Host): Promise<void> {
  await removeOwn(onHost(host, FORMER_NODE))
}

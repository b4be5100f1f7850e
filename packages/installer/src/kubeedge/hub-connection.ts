import type { Text } from '@edgelift/core'
import type { Unread } from '../node/facts.ts'
import type { Host } from '../node/host.ts'
import { look, type Question } from '../node/look.ts'
import { withoutColumns } from '../node/ss.ts'

/** Milliseconds without any word from the other side after which a connection is dead: EdgeCore sends every 15 s. */
const DEAD = 90_000

/** Why nobody knows of a connection. */
export const SS_SILENT = {
  en: 'ss (iproute2) does not tell',
  zh: 'ss（iproute2）未返回结果',
} as const satisfies Text

/**
 * Whether EdgeCore is connected to CloudHub, by the kernel's own word: metaServer settings from its cache while the cloud
 * is away. Undefined where iproute2's `ss` does not say.
 */
export async function isHubConnected(host: Host, hubPort: number): Promise<boolean | undefined> {
  const seen = await look(host, connections(`dport = :${hubPort}`))
  return seen.unread === undefined ? hasLivingConnection(seen.text) : undefined
}

/** Addresses of machines that are connected to this machine's CloudHub, one for each connection; or why nobody knows. */
export async function hubPeers(
  host: Host,
  hubPort: number,
): Promise<{ readonly peers: readonly string[] } | { readonly unread: Unread }> {
  const seen = await look(host, connections(`sport = :${hubPort}`))
  return seen.unread === undefined ? { peers: livingPeers(seen.text) } : { unread: seen.unread }
}

function connections(filter: string): Question {
  return { part: 'ports', command: ['ss', '-t', '-n', '-i', 'state', 'established', `( ${filter} )`] }
}

/** @param text of `ss -t -n -i state established` for one port; `lastack` is in milliseconds */
export function hasLivingConnection(text: string): boolean {
  return living(text).length > 0
}

/** The other side of each living connection, IPv4 addresses without their form in IPv6. */
export function livingPeers(text: string): string[] {
  return living(text).flatMap((entry) => {
    const peer = entry.split('\n', 1)[0]?.trim().split(/\s+/).at(-1)
    const address = peer?.replace(/:\d+$/, '').replace(/^\[(?:::ffff:)?|\]$|%.*$/g, '')
    return address ? [address] : []
  })
}

function living(text: string): string[] {
  const entries = withoutColumns(text)
    .split(/\n(?=\S)/)
    .filter((entry) => entry.trim() !== '')
  return entries.filter((entry) => Number(/\blastack:(\d+)/.exec(entry)?.[1] ?? 0) < DEAD)
}

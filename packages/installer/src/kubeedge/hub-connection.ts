import { ask, type Host } from '../node/host.ts'

/** Milliseconds without any word from the other side after which a connection is dead: EdgeCore sends every 15 s. */
const DEAD = 90_000

/**
 * Whether EdgeCore is connected to CloudHub, by the kernel's own word: metaServer settings from its cache while the cloud
 * is away. Undefined where iproute2's `ss` does not say.
 */
export async function isHubConnected(host: Host, hubPort: number): Promise<boolean | undefined> {
  const filter = ['state', 'established', `( dport = :${hubPort} )`]
  const text = await ask(host, 'ss', '-H', '-t', '-n', '-i', ...filter)
  return text === undefined ? undefined : hasLivingConnection(text)
}

/** @param text of `ss -t -n -i state established` for one port; `lastack` is in milliseconds */
export function hasLivingConnection(text: string): boolean {
  const entries = text.split(/\n(?=\S)/).filter((entry) => entry.trim() !== '')
  return entries.some((entry) => Number(/\blastack:(\d+)/.exec(entry)?.[1] ?? 0) < DEAD)
}

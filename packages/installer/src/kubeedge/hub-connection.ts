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

/** Addresses of machines that are connected to this machine's CloudHub, one for each connection. */
export async function hubPeers(host: Host, hubPort: number): Promise<string[]> {
  const filter = ['state', 'established', `( sport = :${hubPort} )`]
  return livingPeers((await ask(host, 'ss', '-H', '-t', '-n', '-i', ...filter)) ?? '')
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
  const entries = text.split(/\n(?=\S)/).filter((entry) => entry.trim() !== '')
  return entries.filter((entry) => Number(/\blastack:(\d+)/.exec(entry)?.[1] ?? 0) < DEAD)
}

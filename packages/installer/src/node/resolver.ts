import { lstat } from 'node:fs/promises'
import { ask, type Host, onHost } from './host.ts'
import { unitProperty } from './unit-property.ts'

/** What stands in the way of a line in /etc/resolv.conf that stays. */
export interface Resolver {
  /** A link to a file that a service writes, and that may be gone with it. */
  readonly isLink: boolean
  /** The file has the attribute that keeps also root from writing it (chattr(1)). */
  readonly isImmutable: boolean
  /** NetworkManager rewrites the file with each connection. */
  readonly hasNetworkManager: boolean
}

/** resolv.conf(5) */
export const RESOLVER_FILE = '/etc/resolv.conf'

export async function resolverFact(host: Host): Promise<Resolver> {
  const found = await lstat(onHost(host, RESOLVER_FILE)).catch(() => undefined)
  const isLink = found?.isSymbolicLink() === true
  const attributes = found?.isFile() ? await ask(host, 'lsattr', '-d', RESOLVER_FILE) : undefined
  return {
    isLink,
    isImmutable: /^\S*i/.test(attributes ?? ''),
    hasNetworkManager: (await unitProperty(host, 'NetworkManager.service', 'ActiveState')) === 'active',
  }
}

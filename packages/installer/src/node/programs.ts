import { existsOnHost, type Host } from './host.ts'

/** Where the host's services look for programs. */
const PATH = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin']

/** Where a program is: an absolute path that is there, or a name looked up as the host's services do. */
export async function existsInPath(host: Host, name: string): Promise<string | undefined> {
  const places = name.startsWith('/') ? [''] : PATH.map((folder) => `${folder}/`)
  for (const place of places) if (await existsOnHost(host, `${place}${name}`)) return `${place}${name}`
  return undefined
}

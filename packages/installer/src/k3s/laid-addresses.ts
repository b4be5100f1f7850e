import { z } from 'zod'
import { type Host, readHostFile } from '../node/host.ts'
import { readConfig } from '../node/read-config.ts'
import { K3S_CONFIG } from './files.ts'

const Addresses = z.object({ 'node-ip': z.string(), 'tls-san': z.array(z.string()) })

/** The addresses that K3s was set up with; undefined where its configuration does not say. */
export async function laidAddresses(
  host: Host,
): Promise<{ readonly nodeIp: string; readonly advertised: readonly string[] } | undefined> {
  const { data } = Addresses.safeParse(readConfig((await readHostFile(host, K3S_CONFIG)) ?? ''))
  return data && { nodeIp: data['node-ip'], advertised: data['tls-san'] }
}

import { z } from 'zod'
import { namesIn } from '../node/copies.ts'
import { existsOnHost, type Host, onHost } from '../node/host.ts'
import { readHostJson } from '../node/host-json.ts'
import type { GeneratedFile } from '../steps/files.ts'
import type { PackedFile } from '../steps/packed-file.ts'
import type { Effective } from './config.ts'
import { CNI_NAMES, CONFLIST_FILE } from './files.ts'

/** The pods' network on a host with a containerd of its own. */
export interface HostCni {
  /** A configuration of the host's own, which is kept. */
  readonly own: string | undefined
  /** What is copied and written: only what is not there. */
  readonly packed: readonly PackedFile[]
  readonly generated: readonly GeneratedFile[]
  /** Plugins that the host's own configuration names, and that are nowhere. */
  readonly missing: readonly string[]
  /** Whether the host's own configuration does not say which plugins it needs. */
  readonly isUnread: boolean
}

const Conflist = z.union([
  z.object({
    plugins: z.array(z.object({ type: z.string(), ipam: z.object({ type: z.string() }).optional() })),
  }),
  z.object({ type: z.string(), ipam: z.object({ type: z.string() }).optional() }),
])
/** The CRI plugin reads these (containerd, go-cni). */
const CONFIGS = /\.(conf|conflist|json)$/

/**
 * Looks for a network configuration where containerd does. One of the host's own is kept and its plugins are expected;
 * where there is none, ours is written. Plugins are only copied where none of the name is.
 * @param claimed whether a file was written by edgelift before
 */
export async function hostCni(
  host: Host,
  { cniConfigs, cniPrograms }: Pick<Effective, 'cniConfigs' | 'cniPrograms'>,
  claimed: (file: string) => boolean,
): Promise<HostCni> {
  const ours = `${cniConfigs}/${CONFLIST_FILE.to.replace(/^.*\//, '')}`
  const names = ((await namesIn(onHost(host, cniConfigs))) ?? []).filter((name) => CONFIGS.test(name)).sort()
  const own = names.map((name) => `${cniConfigs}/${name}`).find((file) => file !== ours || !claimed(file))
  const named = own === undefined ? CNI_NAMES : await pluginsOf(host, own)
  const needed = named ?? ['loopback']
  const folder = cniPrograms[0] ?? '/opt/cni/bin'
  const packed: PackedFile[] = []
  const missing: string[] = []
  for (const name of needed) {
    const places = [...new Set([...cniPrograms, folder])].map((place) => `${place}/${name}`)
    const found = await firstThere(host, places)
    const to = `${folder}/${name}`
    if (found !== undefined && !claimed(found)) continue
    if ((CNI_NAMES as readonly string[]).includes(name))
      packed.push({ from: `cni/bin/${name}`, to, mode: 0o755 })
    else missing.push(name)
  }
  const generated = own === undefined ? [{ ...CONFLIST_FILE, to: ours }] : []
  return { own, packed, generated, missing, isUnread: named === undefined }
}

/** The plugins that a configuration names, and `loopback`, which the CRI plugin starts for every pod; undefined for what is none. */
async function pluginsOf(host: Host, file: string): Promise<string[] | undefined> {
  const config = await readHostJson(host, file, Conflist)
  if (config === undefined) return undefined
  const plugins = 'plugins' in config ? config.plugins : [config]
  return [
    ...new Set(['loopback', ...plugins.flatMap(({ type, ipam }) => (ipam ? [type, ipam.type] : [type]))]),
  ]
}

async function firstThere(host: Host, files: readonly string[]): Promise<string | undefined> {
  for (const file of files) if (await existsOnHost(host, file)) return file
  return undefined
}

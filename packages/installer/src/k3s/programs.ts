import { readdir } from 'node:fs/promises'
import path from 'node:path'
import { hashFile } from '@edgelift/core'
import { K3S } from '../kube/access.ts'
import { namesIn, statOf } from '../node/copies.ts'
import { endOf, type Host, onHost, readHostFile } from '../node/host.ts'
import { makeLasting } from '../node/lasting.ts'
import { K3S_DATA } from './places.ts'

/** Where K3s unpacks the programs that it carries: a folder for each build, by the digest of what was packed (K3s cmd/k3s/main.go, extract). */
export const K3S_PROGRAMS = `${K3S_DATA}/data`

const BUILD = /^[0-9a-f]{64}$/

/**
 * The programs of a build are in its `bin`, beside a list of their digests, `SHA256  ./NAME`, by which K3s checks them once, when
 * it has unpacked them (K3s pkg/dataverify/dataverify.go). It does not sync them, and takes what is there ever after: a power loss
 * leaves empty programs that nothing replaces.
 */
const SUMS = '.sha256sums'

/** Folders of builds of which a program is not as K3s has unpacked it, each with such programs. */
export async function damagedPrograms(host: Host): Promise<Map<string, string[]>> {
  const damaged = new Map<string, string[]>()
  for (const name of (await namesIn(onHost(host, K3S_PROGRAMS))) ?? []) {
    const folder = path.posix.join(K3S_PROGRAMS, name)
    if (!BUILD.test(name)) continue
    const programs = await damagedIn(host, path.posix.join(folder, 'bin'))
    if (programs.length > 0) damaged.set(folder, programs)
  }
  return damaged
}

async function damagedIn(host: Host, bin: string): Promise<string[]> {
  const sums = sumsIn((await readHostFile(host, `${bin}/${SUMS}`)) ?? '')
  if (sums.size === 0) return await emptyIn(host, bin)
  const found = await Promise.all(
    [...sums].map(async ([name, sum]) => {
      const content = await hashFile(onHost(host, path.posix.join(bin, name))).catch(() => undefined)
      return content?.sha256 === sum ? [] : [path.posix.join(bin, name)]
    }),
  )
  return found.flat().toSorted()
}

function sumsIn(text: string): Map<string, string> {
  const lines = text.split('\n').map((line) => line.trim().split(/\s+/))
  return new Map(lines.flatMap(([sum, name]) => (sum && name ? [[name, sum] as const] : [])))
}

/** Where no list tells more: files without content, or the folder that has none. */
async function emptyIn(host: Host, bin: string): Promise<string[]> {
  const entries = await readdir(onHost(host, bin), { withFileTypes: true }).catch(() => [])
  if (entries.length === 0) return [bin]
  const empty: string[] = []
  for (const entry of entries) {
    if (!entry.isFile()) continue
    const file = path.posix.join(bin, entry.name)
    if ((await statOf(onHost(host, file)))?.size === 0) empty.push(file)
  }
  return empty
}

/** Milliseconds that a slow disk may take for it. */
const UNPACKING = 300_000

/** Has K3s unpack its programs, and the disk keep them, before it starts. What keeps it from that, its start tells. */
export async function unpackPrograms(host: Host): Promise<void> {
  await endOf(host, UNPACKING, K3S, ['kubectl', 'options'])
  await makeLasting(host, [K3S_PROGRAMS])
}

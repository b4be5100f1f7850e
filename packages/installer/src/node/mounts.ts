import { rm } from 'node:fs/promises'
import path from 'node:path'
import { NAMESPACES } from '../state/baseline.ts'
import { namesIn } from './backup.ts'
import { ask, type Host, onHost, readHostFile } from './host.ts'

/** Unmounts a folder and everything below it, the deepest first. */
export async function unmountBelow(host: Host, folder: string): Promise<void> {
  const mounts = ((await readHostFile(host, '/proc/self/mountinfo')) ?? '')
    .split('\n')
    .map((line) => decodeMount(line.split(' ')[4] ?? ''))
    .filter((place) => place === folder || place.startsWith(`${folder}/`))
  for (const place of mounts.toSorted((a, b) => b.length - a.length)) await ask(host, 'umount', '-l', place)
}

/** proc(5): blanks and backslashes stand as octal escapes. */
function decodeMount(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_whole, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  )
}

/** Removes the network namespaces that container runtimes keep as mounts (`cni-…`), but for those in `kept`. */
export async function removeNamespaces(host: Host, kept: readonly string[]): Promise<void> {
  for (const name of (await namesIn(onHost(host, NAMESPACES))) ?? []) {
    if (name.startsWith('cni-') && !kept.includes(name)) await removeNamespace(host, name)
  }
}

export async function removeNamespace(host: Host, name: string): Promise<void> {
  const place = path.posix.join(NAMESPACES, name)
  await unmountBelow(host, place)
  await rm(onHost(host, place), { force: true })
}

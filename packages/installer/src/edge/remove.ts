import { rm } from 'node:fs/promises'
import { ask, type Host, onHost, readHostFile } from '../host.ts'
import type { Ctr } from '../steps/images.ts'

/**
 * Ends and removes every container of the namespace, unmounts what the kubelet has mounted (projected tokens are
 * tmpfs mounts: a plain removal says busy), removes its state and the links that EdgeMesh and CNI made.
 */
export async function removeEdgeState(host: Host, ctr: Ctr): Promise<void> {
  await removeContainers(host, ctr)
  await unmountBelow(host, '/var/lib/kubelet')
  await rm(onHost(host, '/var/lib/kubelet'), { recursive: true, force: true })
  for (const link of ['edgemesh0', 'cni0']) await ask(host, 'ip', 'link', 'delete', link)
  await rm(onHost(host, '/var/lib/cni'), { recursive: true, force: true })
}

async function removeContainers(host: Host, [command, ...args]: Ctr): Promise<void> {
  const ids = ((await ask(host, command, ...args, 'containers', 'ls', '-q')) ?? '')
    .split('\n')
    .filter((id) => id !== '')
  for (const id of ids) {
    await ask(host, command, ...args, 'tasks', 'kill', '-s', '9', '-a', id)
    await ask(host, command, ...args, 'tasks', 'rm', '-f', id)
    await ask(host, command, ...args, 'containers', 'rm', id)
  }
}

/** Unmounts a folder and everything below it, the deepest first; a name that ends with `-` stands for all that begin so. */
export async function unmountBelow(host: Host, folder: string): Promise<void> {
  const mounts = ((await readHostFile(host, '/proc/self/mountinfo')) ?? '')
    .split('\n')
    .map((line) => decodeMount(line.split(' ')[4] ?? ''))
    .filter((place) => place === folder || place.startsWith(folder.endsWith('-') ? folder : `${folder}/`))
  for (const place of mounts.toSorted((a, b) => b.length - a.length)) await ask(host, 'umount', '-l', place)
}

/** proc(5): blanks and backslashes stand as octal escapes. */
function decodeMount(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_whole, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  )
}

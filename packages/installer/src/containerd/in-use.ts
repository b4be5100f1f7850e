import type { Host } from '../node/host.ts'
import type { Ctr } from './ctr.ts'
import { listContainers } from './ctr-client.ts'
import { listImages } from './image-list.ts'

/**
 * Which of these images a container was made from, be it under another name of the same image: a pod that restarts
 * needs it again.
 */
export async function imagesInUse(
  host: Host,
  ctr: Ctr,
  references: readonly string[],
): Promise<ReadonlySet<string>> {
  const [listed, containers] = await Promise.all([listImages(host, ctr), listContainers(host, ctr)])
  const target = (name: string) => listed.get(name)?.digest ?? name
  const used = new Set(containers.flatMap(({ image }) => [image, target(image)]))
  return new Set(references.filter((one) => used.has(one) || used.has(target(one))))
}

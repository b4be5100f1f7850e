import type { Host } from '../node/host.ts'
import type { Ctr } from './ctr.ts'
import { mustListContainers } from './ctr-client.ts'
import { mustListImages } from './image-list.ts'

/**
 * Which of these images a container was made from, be it under another name of the same image: a pod that restarts
 * needs it again.
 * @throws COMMAND_FAILED while containerd does not respond: nothing can be taken for free then
 */
export async function imagesInUse(
  host: Host,
  ctr: Ctr,
  references: readonly string[],
): Promise<ReadonlySet<string>> {
  const [listed, containers] = await Promise.all([mustListImages(host, ctr), mustListContainers(host, ctr)])
  const target = (name: string) => listed.get(name)?.digest ?? name
  const used = new Set(containers.flatMap(({ image }) => [image, target(image)]))
  return new Set(references.filter((one) => used.has(one) || used.has(target(one))))
}

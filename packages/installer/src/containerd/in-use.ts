import type { Host } from '../node/host.ts'
import { type Ctr, imageTargets } from './ctr.ts'
import { listContainers } from './ctr-client.ts'

/**
 * Which of these images a container was made from, be it under another name of the same image: a pod that restarts
 * needs it again.
 */
export async function imagesInUse(
  host: Host,
  ctr: Ctr,
  references: readonly string[],
): Promise<ReadonlySet<string>> {
  const [targets, containers] = await Promise.all([imageTargets(host, ctr), listContainers(host, ctr)])
  const used = new Set(containers.flatMap(({ image }) => [image, targets.get(image) ?? image]))
  return new Set(references.filter((one) => used.has(one) || used.has(targets.get(one) ?? one)))
}

import { ask, type Host } from '../node/host.ts'
import { type Ctr, imageTargets } from './ctr.ts'

/**
 * Which of these images a container was made from, be it under another name of the same image: a pod that restarts
 * needs it again.
 */
export async function imagesInUse(
  host: Host,
  ctr: Ctr,
  references: readonly string[],
): Promise<ReadonlySet<string>> {
  const [targets, listed] = await Promise.all([
    imageTargets(host, ctr),
    ask(host, ...ctr, 'containers', 'ls'),
  ])
  const names = (listed ?? '').split('\n').map((line) => line.split(/\s+/)[1] ?? '')
  const used = new Set(names.flatMap((name) => [name, targets.get(name) ?? name]))
  return new Set(references.filter((one) => used.has(one) || used.has(targets.get(one) ?? one)))
}

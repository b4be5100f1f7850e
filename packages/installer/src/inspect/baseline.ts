import { CONTAINERD_TREES } from '../containerd/files.ts'
import { K3S_TREES } from '../k3s/places.ts'
import { EDGECORE_TREES } from '../kubeedge/edgecore-files.ts'
import { namesIn } from '../node/copies.ts'
import { type Host, onHost } from '../node/host.ts'
import { kernelSettings } from '../node/kernel-settings.ts'
import { mountsBelow, NAMESPACES } from '../node/mounts.ts'
import { chainsOf, linkNames } from '../node/netfilter.ts'
import type { Baseline } from '../state/receipt.ts'

/** Looks at a node that nothing was done to yet. Asking for chains may load kernel modules: not for a dry run. */
export async function lookForBaseline(host: Host): Promise<Baseline> {
  const [kernel, chains, links, namespaces, mounts] = await Promise.all([
    kernelSettings(host),
    chainsOf(host),
    linkNames(host),
    namesIn(onHost(host, NAMESPACES)),
    mountsOfTrees(host),
  ])
  return {
    kernel,
    chains: [...chains],
    links,
    namespaces: namespaces ?? [],
    containers: [],
    mounts,
  }
}

async function mountsOfTrees(host: Host): Promise<string[]> {
  const trees = [...K3S_TREES.map(({ path }) => path), ...EDGECORE_TREES, ...CONTAINERD_TREES]
  const found = await Promise.all(trees.map((tree) => mountsBelow(host, tree)))
  return [...new Set(found.flat())]
}

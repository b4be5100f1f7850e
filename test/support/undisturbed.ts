import { setTimeout as sleep } from 'node:timers/promises'
import { diffStates, type NodeState } from './nodes/index.ts'
import type { TestNode } from './nodes/types.ts'

/** What a cleanup leaves with `--purge`, too: the operator's own join file, and the kernel's tables without a rule. */
const PURGED = [/^\/data\/[^/]+\/edge-join\.yaml /, /^ip6?tables-save (\*|:[A-Z]+ ACCEPT$|COMMIT$)/]
/** What it leaves without, as the operator's page says: logs, the journal, the PSK. */
const LEFT = [
  ...PURGED,
  /^\/var\/log\/edgelift/,
  /^\/var\/lib\/edgelift( |\/(journal\.jsonl|former-node\.json) )/,
  /^\/data\/[^/]+\/edgemesh-psk\.txt /,
]
/** Devices of this machine, which systemd finds at its own pace. */
export const DEVICES = /^(dev|sys)-.*\.device /
/** A target that stays reached once somebody has wanted it. */
const TARGET = /^network-online\.target /
/** Link-local addresses follow the links' random hardware addresses, which are others after a boot. */
const LINK_LOCAL = /fe80::/
/** What a cluster that is at work changes by itself: databases, certificates, containers, their logs and networks. */
export const LIVING = [
  ...LEFT,
  DEVICES,
  TARGET,
  LINK_LOCAL,
  /^(cri-containerd-[0-9a-f]+\.scope|kubepods-[-\w]+\.slice|var-lib-kubelet-pods-\S+\.mount) /,
  /^(ip6?tables-save) (:|-A )(KUBE|CNI|FLANNEL)-|^iptables-save -A POSTROUTING -s [\d./]+ .*-j CNI-/,
  /^iptables-save -A TUNNEL-PORT /, // KubeEdge's iptables-manager writes it ten seconds after CloudCore has a port, or sooner
  /^veth|dev veth/,
  /^\S*ip6?tables(-restore)? (-w|--noflush) /, // of EdgeMesh's agent and kube-proxy, again and again
  /^\/(run|var\/log)\//,
  /^\/var\/lib\/(kubelet|containerd|cni|kubeedge|edgelift)[/ ]/,
  /^\/var\/lib\/rancher\/k3s\/(server|data|agent\/(?!images))/,
  /^\/etc\/(rancher\/(k3s\/k3s\.yaml|node\/)|kubeedge\/(ca\/|certs\/|config\/edgecore\.yaml ))/,
  /\/containerd-shim-runc-v2 -namespace k8s\.io -id /,
  /\bwget \S+ .*:10550\/\S+watch=true|^sleep 3$/, // by which edgelift-mesh-refresh has EdgeCore announce its watches
]

/** What may differ between a machine before an installation and after its cleanup, without `--purge` and with it. */
export const AS_FRESH = [...LEFT, DEVICES, TARGET, LINK_LOCAL]
export const AS_PURGED = [...PURGED, DEVICES, TARGET, LINK_LOCAL]

/** What an operator may have on a machine: a cleanup leaves it alone, or puts it back. */
export async function layTheirs(node: TestNode): Promise<void> {
  const network = { cniVersion: '1.0.0', name: 'theirs', plugins: [{ type: 'loopback' }] }
  await node.writeFile('/etc/cni/net.d/99-theirs.conflist', JSON.stringify(network))
  await node.writeFile('/usr/local/bin/keadm', '#!/bin/sh\n# theirs\n', 0o750)
  await layTheirRules(node)
}

/** Rules are gone after each boot. */
export async function layTheirRules(node: TestNode): Promise<void> {
  await node.exec(`iptables -N THEIRS && iptables -A THEIRS -p tcp --dport 9 -j ACCEPT && iptables -A INPUT -j THEIRS
    iptables -t nat -A POSTROUTING -s 192.0.2.0/24 -j MASQUERADE`)
}

export function changes(before: NodeState, after: NodeState, ignore: readonly RegExp[]): string[] {
  return diffStates(before, after, ignore).map(({ kind, change, line }) => `${kind} ${change}: ${line}`)
}

const SETTLED = 120_000 // ms: a look may catch what comes and goes, a probe, a child of a killed run that has not ended yet

/** The {@link changes} of a node since `before` that stay: none, or those of the last look. */
export async function settledChanges(
  node: TestNode,
  before: NodeState,
  ignore: readonly RegExp[],
): Promise<string[]> {
  const end = Date.now() + SETTLED
  for (;;) {
    const found = changes(before, await node.snapshot(), ignore)
    if (found.length === 0 || Date.now() > end) return found
    await sleep(3000)
  }
}

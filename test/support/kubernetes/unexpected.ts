import type { EgressAttempt } from '../nodes/types.ts'

/** UPnP's search by multicast (SSDP), and NAT-PMP's question to the default gateway (RFC 6886). */
const SSDP = { address: '239.255.255.250', port: 1900 }
const NAT_PMP = 5351
/** K3s' default service CIDR, 10.43.0.0/16. */
const SERVICES = /^10\.43\./

/**
 * Attempts to leave a lab, without two that an air gap has to bear:
 * - EdgeMesh's agent looks for a router that maps ports, at every start, and has no setting against it (EdgeMesh v1.17.0
 *   pkg/tunnel/module.go, libp2p.NATPortMap); docs/en/known-limits.md documents it;
 * - the API server dials metrics-server's ClusterIP, also before kube-proxy has a rule for it: then the packet follows
 *   the default route.
 */
export function unexpected(attempts: readonly EgressAttempt[]): EgressAttempt[] {
  return attempts.filter(({ protocol, port, destination }) => {
    if (protocol === 'tcp') return !SERVICES.test(destination)
    return protocol !== 'udp' || !(port === NAT_PMP || (port === SSDP.port && destination === SSDP.address))
  })
}

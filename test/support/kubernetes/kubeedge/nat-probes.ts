import type { EgressAttempt } from '../../nodes/types.ts'

/** UPnP's search by multicast (SSDP), and NAT-PMP's question to the default gateway (RFC 6886). */
const SSDP = { address: '239.255.255.250', port: 1900 }
const NAT_PMP = 5351

/**
 * Attempts without those of EdgeMesh's agent to find a router that maps ports. Upstream sends them at every start, and has
 * no setting against it (EdgeMesh v1.17.0 pkg/tunnel/module.go, libp2p.NATPortMap); docs/operator.md tells of it.
 */
export function withoutNatProbes(attempts: readonly EgressAttempt[]): EgressAttempt[] {
  return attempts.filter(({ protocol, port, destination }) => {
    if (protocol !== 'udp') return true
    return !(port === NAT_PMP || (port === SSDP.port && destination === SSDP.address))
  })
}

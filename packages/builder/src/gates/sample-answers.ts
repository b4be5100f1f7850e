import type { JsonObject } from '@edgelift/bundle'

/**
 * An installation's answers, made up, for rendering charts at lock. No image may depend on them; the addresses are
 * of the block for documentation (RFC 5737), the key is none.
 */
export const SAMPLE_ANSWERS: JsonObject = {
  advertiseAddresses: ['192.0.2.10'],
  advertiseNames: ['cloud.example'],
  nodeIp: '192.0.2.10',
  nodeName: 'sample-cloud',
  nodeHostname: 'sample-cloud',
  gatewayNode: 'sample-cloud',
  psk: 'sample-only',
  relayNodes: [{ nodeName: 'sample-cloud', advertiseAddress: ['192.0.2.10'] }],
}

/** What the installer finds out about a host: the facts that a condition may name. */
export const KNOWN_FACTS: readonly string[] = ['iptables-nft']

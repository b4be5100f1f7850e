import type { JsonObject } from '@edgelift/bundle'
import type { CloudAnswers } from '../answers/schema.ts'
import { fail } from '../codes.ts'
import type { Facts } from '../facts/facts.ts'

/** What a cloud installation works with, after answers and facts have been put together. */
export interface CloudSettings {
  readonly nodeIp: string
  readonly nodeName: string
  readonly advertiseAddresses: readonly string[]
  readonly relayNodes: readonly { readonly nodeName: string; readonly advertiseAddress: readonly string[] }[]
  readonly k3sDisable: readonly string[]
  /** Chosen options; `edgemesh` is one of them. */
  readonly options: ReadonlySet<string>
  /** What the charts' variants ask for: `iptables-nft`. */
  readonly facts: ReadonlySet<string>
  /** Whether the host names a nameserver that pods could reach. Without one K3s makes up 8.8.8.8. */
  readonly hasNameserver: boolean
}

/** @throws ANSWER_NEEDED when there is neither an answer nor a default route to take the address from */
export function cloudSettings(
  answers: CloudAnswers,
  facts: Facts,
  k3sDisable: readonly string[],
): CloudSettings {
  const nodeIp = answers.nodeIp ?? facts.defaultRoute?.address
  if (nodeIp === undefined) {
    throw fail('ANSWER_NEEDED', {
      what: {
        en: 'nodeIp was not answered, and there is no default route to take it from',
        zh: '未设置 nodeIp，且没有默认路由可供推断',
      },
      cure: {
        en: 'write nodeIp into install.yaml, or run ./install.sh --node-ip ADDRESS',
        zh: '请在 install.yaml 中设置 nodeIp，或执行 ./install.sh --node-ip 地址',
      },
    })
  }
  const nodeName = answers.nodeName ?? facts.hostname.toLowerCase()
  const advertiseAddresses = answers.advertiseAddresses ?? [nodeIp]
  return {
    nodeIp,
    nodeName,
    advertiseAddresses,
    relayNodes: answers.relayNodes ?? [{ nodeName, advertiseAddress: advertiseAddresses }],
    k3sDisable: answers.k3s.disable ?? k3sDisable,
    options: new Set([...answers.options, ...(answers.edgemesh ? ['edgemesh'] : [])]),
    facts: new Set(facts.iptables?.backend === 'nft' ? ['iptables-nft'] : []),
    hasNameserver: facts.nameservers.some(isReachable),
  }
}

/** What K3s counts as a nameserver for pods: neither this host's own loopback nor a link-local address. */
function isReachable(address: string): boolean {
  return !/^(127\.|169\.254\.|0\.0\.0\.0$|::1?$|fe80:)/i.test(address)
}

/** The answers that the charts' values ask for, by name. */
export function chartAnswers(settings: CloudSettings, psk: string): JsonObject {
  return {
    advertiseAddresses: [...settings.advertiseAddresses],
    relayNodes: settings.relayNodes.map(({ nodeName, advertiseAddress }) => ({
      nodeName,
      advertiseAddress: [...advertiseAddress],
    })),
    gatewayNode: settings.nodeName,
    psk,
  }
}

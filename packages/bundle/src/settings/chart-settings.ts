import type { Text } from '@edgelift/core'
import type { Json, Role } from '../manifest.ts'

interface ChartSetting {
  /** The installations that give it. */
  readonly roles: readonly Role[]
  readonly describe: Text
  /** Made up, for rendering at lock: no image may depend on it. Addresses are of the block for documentation (RFC 5737). */
  readonly sample: Json
}

/** What a chart's values may ask for with `{ $setting: NAME }`. The installer fills in all of them. */
export const CHART_SETTINGS = {
  advertiseAddresses: {
    roles: ['cloud'],
    describe: { en: 'addresses of the cloud node for edge nodes, IP only', zh: '云端对边缘节点的 IP 地址' },
    sample: ['192.0.2.10'],
  },
  advertiseNames: {
    roles: ['cloud'],
    describe: { en: 'host names of the cloud node for edge nodes', zh: '云端对边缘节点的主机名' },
    sample: ['cloud.example'],
  },
  nodeIp: {
    roles: ['cloud'],
    describe: { en: 'IP address of the cloud node', zh: '云端节点的 IP 地址' },
    sample: '192.0.2.10',
  },
  nodeName: {
    roles: ['cloud'],
    describe: { en: 'name of the cloud node', zh: '云端节点的名称' },
    sample: 'sample-cloud',
  },
  nodeHostname: {
    roles: ['cloud'],
    describe: { en: 'its label kubernetes.io/hostname', zh: '其标签 kubernetes.io/hostname' },
    sample: 'sample-cloud',
  },
  gatewayNode: {
    roles: ['cloud'],
    describe: { en: 'node for EdgeMesh Gateway', zh: 'EdgeMesh Gateway 所在节点' },
    sample: 'sample-cloud',
  },
  psk: {
    roles: ['cloud'],
    describe: { en: "EdgeMesh's pre-shared key, a secret", zh: 'EdgeMesh 预共享密钥（机密）' },
    sample: 'sample-only',
  },
  relayNodes: {
    roles: ['cloud'],
    describe: { en: 'EdgeMesh relay nodes', zh: 'EdgeMesh 中继节点' },
    sample: [{ nodeName: 'sample-cloud', advertiseAddress: ['192.0.2.10'] }],
  },
} as const satisfies Readonly<Record<string, ChartSetting>>

export type ChartSettingName = keyof typeof CHART_SETTINGS

/** A value for each: what the installer gives, or the samples. */
export type ChartSettings = Readonly<Record<ChartSettingName, Json>>

export const SAMPLE_SETTINGS: ChartSettings = Object.fromEntries(
  Object.entries(CHART_SETTINGS).map(([name, { sample }]) => [name, sample]),
) as Record<ChartSettingName, Json>

/** The names that an installation of a role gives to charts. */
export function chartSettingsFor(role: Role): string[] {
  return Object.entries<ChartSetting>(CHART_SETTINGS).flatMap(([name, { roles }]) =>
    roles.includes(role) ? [name] : [],
  )
}

/** What the installer finds out about a host and a condition (`when: { fact: NAME }`) may name. */
export const FACTS: Readonly<Record<string, Text>> = {
  'iptables-nft': { en: 'iptables works with nf_tables', zh: 'iptables 使用 nf_tables 后端' },
}

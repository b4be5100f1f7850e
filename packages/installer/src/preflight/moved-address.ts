import type { Text } from '@edgelift/core'
import type { Facts } from '../node/facts.ts'
import { unfitness } from '../node/own-addresses.ts'
import { dialledAddress } from '../settings/cloud.ts'
import type { Settings } from '../settings/schema.ts'
import type { Finding } from './finding.ts'

/** What leads an edge to a cloud at another address. @param address undefined where it is not known */
export function commandOnEdges(address: string | undefined): Text {
  const line = (name: string) => `./install.sh --yes --cloud ${address ?? name}`
  return { en: line('ADDRESS'), zh: line('地址') }
}

/**
 * Addresses that edges may connect to, and at which the cloud will not be any more: edges keep what they joined with. Pure.
 * @param before what was advertised
 */
export function movedFrom(before: readonly string[], settings: Settings, facts: Facts): string[] {
  if (settings.role !== 'cloud') return []
  const now = settings.advertiseAddresses ?? [dialledAddress(settings, facts)]
  const gone = before.filter(
    (host) => !now.includes(host) && unfitness(facts.ownAddresses, host) === undefined,
  )
  return [...new Set(gone)]
}

/** The same for people. Pure. @param gone as {@link movedFrom} found them */
export function movedAddress(gone: readonly string[], settings: Settings, facts: Facts): Finding[] {
  if (settings.role !== 'cloud' || gone.length === 0) return []
  const command = commandOnEdges(dialledAddress(settings, facts))
  return [
    {
      code: 'CLOUD_ADDRESS_MOVED',
      severity: 'warning',
      seen: {
        en: `the cloud is no longer advertised at ${gone.join(', ')}`,
        zh: `云端不再公布地址 ${gone.join('、')}`,
      },
      matters: {
        en: "CloudCore's certificate covers the new addresses only: edges that connect to a former one stay away",
        zh: 'CloudCore 证书只包含新地址：仍连接原地址的边缘节点将无法接入',
      },
      fix: {
        en: `after this, on each of those edges, in its archive's directory: sudo ${command.en}`,
        zh: `完成后，在这些边缘节点的离线包目录中执行：sudo ${command.zh}`,
      },
    },
  ]
}

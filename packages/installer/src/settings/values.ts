import { unknownK3sComponents } from '@edgelift/bundle'
import type { Text } from '@edgelift/core'
import { formatUnfit, unfitRange } from '../node/own-addresses.ts'
import { refusedLabel, refusedTaint } from './node-keys.ts'
import { invalid } from './refusals.ts'
import type { Settings } from './schema.ts'

/**
 * Values that are well formed and yet mean nothing. What an earlier version installed is not held against anybody: only
 * what is said now comes here.
 * @param arch of the node, where it is this machine
 * @throws ANSWER_INVALID
 */
export function checkValues(
  settings: Settings,
  origin: ReadonlyMap<string, string> = new Map(),
  arch?: string,
): void {
  if (settings.role === 'edge') {
    checkNodeKeys(settings, origin, arch)
    const host = settings.cloud?.host
    const because = host === undefined ? undefined : whyNoCloud(host)
    if (because !== undefined) throw invalid(whereSaid('cloud', origin), because, CLOUD_FIX)
    return
  }
  const relays = (settings.relayNodes ?? []).flatMap(({ advertiseAddress }) => advertiseAddress)
  const [because] = relays.flatMap((address) => whyNoRelay(address) ?? [])
  if (because !== undefined) throw invalid(whereSaid('relayNodes', origin), because, RELAY_FIX)
  const [component] = unknownK3sComponents(settings.k3s.disable ?? [])
  if (component !== undefined) throw invalid(whereSaid('k3s.disable', origin), component.why, component.known)
}

function checkNodeKeys(
  { labels, taints }: Extract<Settings, { role: 'edge' }>,
  origin: ReadonlyMap<string, string>,
  arch: string | undefined,
): void {
  for (const [key, value] of Object.entries(labels)) {
    const refused = refusedLabel(key, value, arch)
    if (refused !== undefined) throw invalid(whereSaid(`labels.${key}`, origin), refused.why, refused.fix)
  }
  for (const taint of taints) {
    const refused = refusedTaint(taint)
    if (refused !== undefined) throw invalid(whereSaid('taints', origin), refused.why, refused.fix)
  }
}

/** Where a setting was said: a part of a map stands where the map does. */
export function whereSaid(name: string, origin: ReadonlyMap<string, string>): string {
  const [head = '', ...rest] = name.split('.')
  const whole = origin.get(head)
  return origin.get(name) ?? (whole === undefined ? name : [whole, ...rest].join('.'))
}

function whyNoCloud(host: string): Text | undefined {
  return whyNobodys(host, {
    en: `${host} is this machine itself, not the cloud node`,
    zh: `${host} 指本机自身，不是云端节点`,
  })
}

function whyNoRelay(host: string): Text | undefined {
  return whyNobodys(host, {
    en: `${host} is for each node that node itself, not the relay`,
    zh: `${host} 对各节点均指其自身，不是中继节点`,
  })
}

/** The loopback and what is no machine's address; of the other ranges, preflight tells what it sees. */
function whyNobodys(host: string, loopback: Text): Text | undefined {
  const unfit = unfitRange(host)
  if (unfit === 'loopback') return loopback
  if (unfit !== 'unspecified') return undefined
  const { en, zh } = formatUnfit(unfit)
  return { en: `${host} is ${en}`, zh: `${host} ${zh}` }
}

const CLOUD_FIX: Text = {
  en: 'set cloud to the address of the cloud node; edge-join.yaml, from ./edgelift token --join FILE there, names it',
  zh: '请填写云端节点的地址；在云端用 ./edgelift token --join 文件 生成的 edge-join.yaml 中已包含该地址',
}

const RELAY_FIX: Text = {
  en: 'name addresses of the relay node at which other nodes reach it',
  zh: '请填写其他节点可访问的中继节点地址',
}

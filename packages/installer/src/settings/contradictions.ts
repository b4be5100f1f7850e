import { contradiction } from './refusals.ts'
import type { Settings } from './schema.ts'

/**
 * Settings that were said together and cannot both be meant. What is a default, or was said at an earlier installation, is
 * not held against anybody.
 * @throws ANSWER_CONTRADICTS
 */
export function checkContradictions(settings: Settings, origin: ReadonlyMap<string, string>): void {
  const said = (name: string) => origin.get(name) ?? name
  if (settings.role === 'edge') {
    if (settings.token !== undefined && settings.tokenFile !== undefined) {
      throw contradiction(said('token'), said('tokenFile'), {
        en: 'only one join token can be used',
        zh: '接入令牌只能有一个',
      })
    }
    return
  }
  const names = (settings.relayNodes ?? []).map((relay) => relay.nodeName)
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice !== undefined) {
    throw contradiction(said('relayNodes'), twice, {
      en: `relay node ${twice} is listed twice`,
      zh: `中继节点 ${twice} 重复出现`,
    })
  }
  if (settings.edgemesh) return
  const without = (['relayNodes', 'pskFile'] as const).find((name) => settings[name] !== undefined)
  const needs = without ?? (settings.options.includes('gateway') ? 'options' : undefined)
  if (needs === undefined) return
  throw contradiction(said('edgemesh'), said(needs), {
    en: `${needs === 'options' ? 'gateway' : needs} requires EdgeMesh`,
    zh: `${needs === 'options' ? 'gateway' : needs} 需要安装 EdgeMesh`,
  })
}

import { contradiction } from './refusals.ts'
import type { Answers } from './schema.ts'

/**
 * Answers that were said together and cannot both be meant. What is a default, or was said at an earlier installation, is
 * not held against anybody.
 * @throws ANSWER_CONTRADICTS
 */
export function checkContradictions(answers: Answers, origin: ReadonlyMap<string, string>): void {
  const said = (name: string) => origin.get(name) ?? name
  if (answers.role === 'edge') {
    if (answers.token !== undefined && answers.tokenFile !== undefined) {
      throw contradiction(said('token'), said('tokenFile'), {
        en: 'only one join token can be used',
        zh: '接入令牌只能有一个',
      })
    }
    return
  }
  const names = (answers.relayNodes ?? []).map((relay) => relay.nodeName)
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice !== undefined) {
    throw contradiction(said('relayNodes'), twice, {
      en: `relay node ${twice} is listed twice`,
      zh: `中继节点 ${twice} 重复出现`,
    })
  }
  if (answers.edgemesh) return
  const without = (['relayNodes', 'pskFile'] as const).find((name) => answers[name] !== undefined)
  const needs = without ?? (answers.options.includes('gateway') ? 'options' : undefined)
  if (needs === undefined) return
  throw contradiction(said('edgemesh'), said(needs), {
    en: `${needs === 'options' ? 'gateway' : needs} requires EdgeMesh`,
    zh: `${needs === 'options' ? 'gateway' : needs} 需要安装 EdgeMesh`,
  })
}

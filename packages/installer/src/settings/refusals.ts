import type { Role } from '@edgelift/bundle'
import { nearest, type Text } from '@edgelift/core'
import { fail } from '../problem/codes.ts'
import { ANSWERS, type AnswerSpec } from './table.ts'

/** @param where the flag, the variable, or the file and the answer in it */
export function invalid(where: string, because: Text): Error {
  return fail('ANSWER_INVALID', {
    what: { en: `${where}: this answer cannot be used`, zh: `${where}：该答案无效` },
    because,
    fix: {
      en: 'see ./install.sh --help, and the comments in install.yaml',
      zh: '参见 ./install.sh --help 以及 install.yaml 中的注释',
    },
  })
}

/** What the answer should look like, in both languages: the schema says it in English. */
export function expected(words: string): Text {
  const plain = words.replace(/^Invalid (input|option): expected /, '')
  return { en: `expected: ${plain}`, zh: `应为：${CHINESE[plain] ?? plain}` }
}

const CHINESE: Readonly<Record<string, string>> = {
  'a node name': '节点名（小写字母、数字、“-”、“.”，最长 63 个字符）',
  'an IP address': 'IP 地址',
  'an address or a host name': '地址或主机名',
  'a label key': '标签键',
  'a label value': '标签值',
  'yes | no': 'yes 或 no',
}

/** @param where where it was said; @param name the answer's own name */
export function unknown(where: string, name: string, role: Role): Error {
  const specs: readonly AnswerSpec[] = ANSWERS
  const other: Role = role === 'cloud' ? 'edge' : 'cloud'
  if (specs.some((spec) => spec.name === name && spec.roles.includes(other))) {
    return fail('ANSWER_UNKNOWN', {
      what: { en: `${where} is an answer of the ${other} role`, zh: `${where} 是 ${other} 角色的答案项` },
      because: { en: `this is the ${role} archive`, zh: `这是 ${role} 归档` },
      fix: {
        en: `use the ${other} archive, or leave the answer out`,
        zh: `请使用 ${other} 归档，或去掉该答案项`,
      },
    })
  }
  const known = specs.filter((spec) => spec.roles.includes(role)).map((spec) => spec.name)
  const near = nearest(name, known)
  const list = { en: `answers are: ${known.join(', ')}`, zh: `可用的答案项：${known.join('、')}` }
  return fail('ANSWER_UNKNOWN', {
    what: { en: `${where} is not an answer of the ${role} role`, zh: `${where} 不是 ${role} 角色的答案项` },
    fix:
      near === undefined
        ? list
        : { en: `did you mean ${near}? ${list.en}`, zh: `是否想写 ${near}？${list.zh}` },
  })
}

export function contradiction(a: string, b: string, because: Text): Error {
  return fail('ANSWER_CONTRADICTS', {
    what: { en: `${a} and ${b} contradict each other`, zh: `${a} 与 ${b} 互相矛盾` },
    because,
    fix: { en: 'leave one of them out', zh: '请去掉其中之一' },
  })
}

import { type Role, SETTINGS } from '@edgelift/bundle'
import { nearest, type Text } from '@edgelift/core'
import { fail } from '../problem/codes.ts'

const SEE_HELP: Text = {
  en: 'see ./install.sh --help, and the comments in install.yaml',
  zh: '参见 ./install.sh --help 以及 install.yaml 中的注释',
}

/** @param where the flag, the variable, or the file and the setting in it */
export function invalid(where: string, because: Text, fix = SEE_HELP): Error {
  return fail('ANSWER_INVALID', {
    what: { en: `${where} is not valid`, zh: `${where} 的取值无效` },
    because,
    fix,
  })
}

/** A file with settings that is not there or cannot be read. */
export function unreadable(file: string, because: Text): Error {
  return fail('ANSWER_INVALID', {
    what: { en: `cannot read ${file}`, zh: `无法读取 ${file}` },
    because,
    fix: { en: 'check the path after --config', zh: '请检查 --config 之后的路径' },
  })
}

const ROLE = { cloud: '云端', edge: '边缘' } as const

/** @param where it was set; @param name of the setting */
export function unknown(where: string, name: string, role: Role): Error {
  const other: Role = role === 'cloud' ? 'edge' : 'cloud'
  if (SETTINGS.some((spec) => spec.name === name && spec.roles.includes(other))) {
    return fail('ANSWER_UNKNOWN', {
      what: { en: `${where} is a setting of the ${other} role`, zh: `${where} 是${ROLE[other]}的安装参数` },
      because: { en: `this is the ${role} archive`, zh: `当前为${ROLE[role]}离线包` },
      fix: {
        en: `use the ${other} archive, or remove the setting`,
        zh: `请使用${ROLE[other]}离线包，或去掉该参数`,
      },
    })
  }
  const known = SETTINGS.filter((spec) => spec.roles.includes(role)).map((spec) => spec.name)
  const near = nearest(name, known)
  const list = { en: `settings are: ${known.join(', ')}`, zh: `可用的安装参数：${known.join('、')}` }
  return fail('ANSWER_UNKNOWN', {
    what: { en: `${where} is not a setting of the ${role} role`, zh: `${where} 不是${ROLE[role]}的安装参数` },
    fix:
      near === undefined
        ? list
        : { en: `did you mean ${near}? ${list.en}`, zh: `是否指 ${near}？${list.zh}` },
  })
}

export function contradiction(a: string, b: string, because: Text): Error {
  return fail('ANSWER_CONTRADICTS', {
    what: { en: `${a} and ${b} contradict each other`, zh: `${a} 与 ${b} 互相矛盾` },
    because,
    fix: { en: 'remove one of them', zh: '请去掉其中之一' },
  })
}

/** One of two options without the other. */
export function incomplete(a: string, b: string, because: Text): Error {
  return fail('ANSWER_CONTRADICTS', {
    what: { en: `${a} and ${b} belong together`, zh: `${a} 与 ${b} 须同时使用` },
    because,
    fix: { en: 'give both', zh: '请同时给出两者' },
  })
}

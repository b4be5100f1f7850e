import { chartSettingsFor, type Role } from '@edgelift/bundle'
import { error, type Finding } from '../findings.ts'
import type { Release } from './schema.ts'

/** What charts and options say of each other and of settings: names that exist. */
export function checkChartBehaviour(release: Release): Finding[] {
  const options = Object.keys(release.options)
  return [
    ...Object.entries(release.options).flatMap(([name, { requires = [] }]) =>
      requires.filter((other) => !options.includes(other)).map((other) => noOption(name, other)),
    ),
    ...Object.entries(release.charts).flatMap(([name, { roles, certificate }]) =>
      (certificate?.covers ?? [])
        .filter((setting) => !roles.every((role) => chartSettingsFor(role).includes(setting)))
        .map((setting) => noSetting(name, setting, roles)),
    ),
  ]
}

function noOption(name: string, other: string): Finding {
  return error('CONDITION', `options.${name}.requires`, {
    en: `there is no option "${other}"`,
    zh: `没有选项 "${other}"`,
  })
}

function noSetting(name: string, setting: string, roles: readonly Role[]): Finding {
  return error('ANSWER', `charts.${name}.certificate.covers`, {
    en: `the ${roles.join(' and ')} installation has no setting "${setting}" for charts`,
    zh: `${roles.join('、')} 安装程序没有供 chart 使用的参数 "${setting}"`,
  })
}

import { chartSettingsFor, type Role, settingIn } from '@edgelift/bundle'
import { nearest } from '@edgelift/core'
import { error, type Finding } from '../findings.ts'
import type { ReleaseChart } from './schema.ts'
import { formatPath } from './schema-errors.ts'

/** Settings that a chart names, in values as `{ $setting: NAME }`: only what the installation of each of its roles gives. */
export function checkChartSettings(where: string, chart: ReleaseChart): Finding[] {
  const { roles, values, variants, certificate } = chart
  return [
    ...checkNames(where, roles, settingsIn([values, variants])),
    ...misnamedIn({ values, variants: variants.map((variant) => ({ values: variant.values })) }).map((path) =>
      misnamed(formatPath([...where.split('.'), ...path])),
    ),
    ...checkNames(`${where}.certificate.covers`, roles, certificate?.covers ?? []),
  ]
}

function checkNames(where: string, roles: readonly Role[], names: readonly string[]): Finding[] {
  return [...new Set(names)].flatMap((name) =>
    roles
      .filter((role) => !chartSettingsFor(role).includes(name))
      .map((role) => unknownSetting(where, name, role)),
  )
}

function settingsIn(value: unknown): string[] {
  const name = settingIn(value)
  if (name !== undefined) return [name]
  if (typeof value !== 'object' || value === null) return []
  return Object.values(value).flatMap(settingsIn)
}

/** Where a value looks as if it were filled in, and would reach Helm as it stands. */
function misnamedIn(value: unknown, path: readonly PropertyKey[] = []): (readonly PropertyKey[])[] {
  if (typeof value !== 'object' || value === null || settingIn(value) !== undefined) return []
  if ('$setting' in value || '$answer' in value) return [path]
  const keyed: readonly (readonly [PropertyKey, unknown])[] = Array.isArray(value)
    ? value.map((item, index) => [index, item] as const)
    : Object.entries(value)
  return keyed.flatMap(([key, inner]) => misnamedIn(inner, [...path, key]))
}

function misnamed(where: string): Finding {
  return error('ANSWER', where, {
    en: '"$setting" has to be the only key of its map, and its value the name of a setting: { $setting: nodeIp }',
    zh: '"$setting" 须为映射中唯一的键，其值为安装参数名：{ $setting: nodeIp }',
  })
}

function unknownSetting(where: string, name: string, role: Role): Finding {
  const known = chartSettingsFor(role).sort()
  const near = nearest(name, known)
  const [en, zh] =
    known.length === 0
      ? ['it gives charts no settings', '该角色不为 chart 提供安装参数']
      : near === undefined
        ? [`known are ${known.join(', ')}`, `可用：${known.join('、')}`]
        : [`did you mean "${near}"?`, `是否指 "${near}"？`]
  return error('ANSWER', where, {
    en: `the ${role} installation has no setting "${name}" for charts; ${en}`,
    zh: `${role} 安装程序没有供 chart 使用的参数 "${name}"；${zh}`,
  })
}

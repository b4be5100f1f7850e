import { FACTS, type PlatformName, ROLES, type Role, unknownK3sComponents, type When } from '@edgelift/bundle'
import { type EdgeliftError, joinTexts, nearest } from '@edgelift/core'
import { parseReference } from '@edgelift/oci'
import { error, type Finding, warning } from '../findings.ts'
import { checkCompatibility } from './compatibility.ts'
import { expandFor, variablesOf } from './expand.ts'
import { checkChartSettings } from './lint-chart-settings.ts'
import { checkLicenses } from './lint-licenses.ts'
import { checkPaths } from './lint-paths.ts'
import { checkSources } from './lint-sources.ts'
import type { Release } from './schema.ts'
import { formatPath } from './schema-errors.ts'
import { expandText, textsIn, variablesIn } from './templates.ts'

/**
 * What is wrong with a release that follows the schema, as far as it can be seen without network: every finding at
 * once. Errors forbid to lock it.
 */
export function lintRelease(release: Release): readonly Finding[] {
  const basics = [
    ...checkTemplates(release),
    ...checkReferences(release),
    ...checkConditions(release),
    ...checkCircles(release),
    ...checkRoles(release),
    ...checkSettings(release),
    ...checkCompatibility(release.versions),
    ...checkSources(release),
    ...checkLicenses(release),
  ]
  // A text that cannot be expanded has no paths to compare yet.
  if (basics.some(({ severity, code }) => severity === 'error' && BLOCKING.has(code))) return basics
  const platforms = release.platforms.map((platform) => expandFor(release, platform))
  return unique([...basics, ...checkPaths(platforms)])
}

const BLOCKING: ReadonlySet<Finding['code']> = new Set(['TEMPLATE', 'REFERENCE'])

function checkTemplates(release: Release): Finding[] {
  const { versions, name: _, version: __, options: ___, ...parts } = release
  const known = new Set([...Object.keys(versions), 'version', 'arch'])
  const findings: Finding[] = []
  for (const { path, text } of textsIn(parts)) {
    for (const variable of variablesIn(text)) {
      if (known.has(variable)) continue
      const near = findings.length < MOST_SLIPS ? nearest(variable, known) : undefined
      findings.push(
        error('TEMPLATE', formatPath(path), {
          en: `\${${variable}} is not in "versions"${near === undefined ? '' : `; did you mean \${${near}}?`} (write $\${${variable}} for the text itself)`,
          zh: `"versions" 中没有 \${${variable}}${near === undefined ? '' : `；是否指 \${${near}}？`}（原文请写成 $\${${variable}}）`,
        }),
      )
    }
  }
  if (Object.hasOwn(versions, 'arch')) {
    findings.push(
      error('TEMPLATE', 'versions.arch', {
        en: '"arch" is taken: it is the platform’s own variable; rename it',
        zh: '"arch" 是平台自带变量，请改名',
      }),
    )
  }
  return findings
}

/** More unknown names are no mistyped words; what was meant is looked for among all that the release has. */
const MOST_SLIPS = 100

function checkReferences(release: Release): Finding[] {
  const [platform = 'linux/amd64'] = release.platforms
  const variables = variablesOf(release, platform)
  const places: (readonly [string, string | undefined])[] = [
    ...Object.entries(release.images).map(
      ([name, { reference }]) => [`images.${name}.reference`, reference] as const,
    ),
    ...Object.entries(release.imageFiles).map(
      ([name, { reference }]) => [`imageFiles.${name}.reference`, reference] as const,
    ),
    ...ROLES.map((role) => [`settings.sandboxImage.${role}`, release.settings.sandboxImage[role]] as const),
    ['settings.testImage', release.settings.testImage] as const,
    ...Object.entries(release.imageLists).flatMap(([name, list]) =>
      (['except', 'licenses'] as const).flatMap((key) =>
        Object.keys(list[key] ?? {}).map(
          (repository) => [`imageLists.${name}.${key}`, `${repository}:any`] as const,
        ),
      ),
    ),
  ]
  return places.flatMap(([where, text]) =>
    text === undefined ? [] : checkReference(where, expandText(text, variables)),
  )
}

function checkReference(where: string, text: string): Finding[] {
  try {
    const { tag, digest } = parseReference(text)
    if (digest !== undefined) {
      return [
        error('REFERENCE_DIGEST', where, {
          en: `"${text}" names a digest: charts and nodes ask by tag, and one platform’s digest is not the other’s; write the tag, the lock holds the digests`,
          zh: `"${text}" 使用摘要：chart 和节点按标签引用镜像，且各平台摘要不同；请写标签，摘要记录在锁定文件中`,
        }),
      ]
    }
    if (tag !== 'latest') return []
    return [
      error('TAG_LATEST', where, {
        en: `"${text}" has ${/:latest$/.test(text) ? 'the tag "latest"' : 'no tag, which means "latest"'}: it is pulled at every start, and nobody can say what it was; write a fixed tag`,
        zh: `"${text}" ${/:latest$/.test(text) ? '使用 latest 标签' : '没有标签，即 latest'}：每次启动都会拉取且内容不固定；请写固定标签`,
      }),
    ]
  } catch (cause) {
    // Its own words, since they leave out a password that somebody has written before the host.
    const { what, because, fix } = cause as EdgeliftError
    const finding = error('REFERENCE', where, because === undefined ? what : joinTexts([what, because], '; '))
    return [fix === undefined ? finding : { ...finding, fix }]
  }
}

function checkConditions(release: Release): Finding[] {
  const findings: Finding[] = []
  const check = (where: string, when: When | undefined): void => {
    if (when === undefined) return
    const [kind, name, among] =
      'option' in when
        ? (['option', when.option, release.options] as const)
        : (['fact', when.fact, FACTS] as const)
    if (Object.hasOwn(among, name)) return
    const known = Object.keys(among)
    const near = findings.length < MOST_SLIPS ? nearest(name, known) : undefined
    findings.push(
      error('CONDITION', where, {
        en: `there is no ${kind} "${name}"${near === undefined ? `; known are ${[...known].sort().join(', ')}` : `; did you mean "${near}"?`}`,
        zh: `没有${kind === 'option' ? '选项' : '事实'} "${name}"${near === undefined ? `；可用：${[...known].sort().join('、')}` : `；是否指 "${near}"？`}`,
      }),
    )
  }
  for (const [name, { requires = [] }] of Object.entries(release.options))
    for (const option of requires) check(`options.${name}.requires`, { option })
  for (const [name, image] of Object.entries(release.images)) check(`images.${name}.when`, image.when)
  for (const [name, chart] of Object.entries(release.charts)) {
    check(`charts.${name}.when`, chart.when)
    for (const [index, { when }] of chart.variants.entries())
      check(`charts.${name}.variants[${index}].when`, when)
    findings.push(...checkChartSettings(`charts.${name}`, chart))
  }
  return findings
}

/**
 * Options that require themselves, also over others: each circle once, at its first option. Without recursion, since a chain of
 * options may be longer than the stack is deep.
 */
function checkCircles({ options }: Release): Finding[] {
  const findings: Finding[] = []
  const seen = new Set<string>()
  const way: { readonly name: string; readonly open: string[] }[] = []
  const places = new Map<string, number>() // of the options on the way
  const enter = (name: string): void => {
    const from = places.get(name)
    if (from !== undefined) findings.push(circle([...way.slice(from).map((step) => step.name), name]))
    if (seen.has(name)) return
    seen.add(name)
    places.set(name, way.length)
    way.push({ name, open: [...(options[name]?.requires ?? [])].reverse() })
  }
  for (const first of Object.keys(options)) {
    enter(first)
    for (let last = way.at(-1); last !== undefined; last = way.at(-1)) {
      const next = last.open.pop()
      if (next !== undefined) enter(next)
      else places.delete(way.pop()?.name ?? '')
    }
  }
  return findings
}

function circle(names: readonly string[]): Finding {
  const text = names.join(' → ')
  return error('CONDITION', `options.${names[0]}.requires`, {
    en: `the option requires itself (${text}); remove one "requires" of the circle`,
    zh: `选项依赖自身（${text}）；请删除循环中的一个 "requires"`,
  })
}

function checkRoles(release: Release): Finding[] {
  const built = ROLES.filter((role) => release.archives[role] !== undefined)
  if (built.length === 0) {
    return [
      error('ROLE_UNNAMED', 'archives', {
        en: 'no archive is named: there is nothing to build',
        zh: '没有任何离线包名称',
      }),
    ]
  }
  const parts = (['files', 'images', 'imageLists', 'imageFiles', 'charts'] as const).flatMap((kind) =>
    Object.entries(release[kind]).map(([name, { roles }]) => ({ where: `${kind}.${name}`, roles })),
  )
  return ROLES.filter((role) => !built.includes(role)).flatMap((role) => {
    const lost = parts
      .filter(({ roles }) => roles.every((one: Role) => one === role))
      .map(({ where }) => where)
    if (lost.length === 0) return []
    return [
      warning('ROLE_UNNAMED', `archives.${role}`, {
        en: `no ${role} archive is named: what is for ${role} only is left out (${lost.join(', ')})`,
        zh: `没有 ${role} 离线包：仅用于 ${role} 的内容将被忽略（${lost.join('、')}）`,
      }),
    ]
  })
}

function checkSettings(release: Release): Finding[] {
  const findings = unknownK3sComponents(release.settings.k3sDisable).map(({ why, known }) =>
    error('CONDITION', 'settings.k3sDisable', {
      en: `${why.en} (${known.en})`,
      zh: `${why.zh}（${known.zh}）`,
    }),
  )
  if (release.platforms.length !== new Set<PlatformName>(release.platforms).size) {
    findings.push(error('PATH_TWICE', 'platforms', { en: 'a platform stands twice', zh: '平台重复' }))
  }
  return findings
}

/** The same finding on both platforms is one finding. */
function unique(findings: readonly Finding[]): Finding[] {
  return [
    ...new Map(findings.map((found) => [`${found.code}\0${found.where}\0${found.text.en}`, found])).values(),
  ]
}

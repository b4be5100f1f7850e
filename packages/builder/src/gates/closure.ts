import {
  type Requirer,
  type RequirerName,
  type Role,
  requirerOf,
  requirerText,
  type When,
} from '@edgelift/bundle'
import type { Text } from '@edgelift/core'
import { error, type Finding, warning } from '../findings.ts'
import { type PlatformRelease, repositoryOf } from '../release/expand.ts'
import type { ImageLists } from './built-in-requirements.ts'
import type { PlatformRequirements } from './collect-requirements.ts'
import { hasPath } from './required-files.ts'
import type { FileRequirement, ImageRequirement } from './requirement.ts'

/** An image that an archive holds, and the part of the release that puts it there. */
export interface HeldImage {
  readonly reference: string
  readonly role: Role
  readonly id: string
  readonly when?: When
  readonly license?: string
}

/** The images that the archives of one platform hold: the declared ones, and those of the lists. */
export function heldImages(release: PlatformRelease, lists: ImageLists): HeldImage[] {
  const declared = release.images.flatMap(({ id, reference, roles, when, license }) =>
    roles.map((role) => ({
      id,
      reference,
      role,
      ...(when === undefined ? {} : { when }),
      ...(license === undefined ? {} : { license }),
    })),
  )
  const listed = release.imageLists.flatMap((list) =>
    (lists.get(list.id) ?? [])
      .filter((reference) => !list.except.has(repositoryOf(reference)))
      .flatMap((reference) =>
        list.roles.map((role) => {
          const license = list.licenses.get(repositoryOf(reference)) ?? list.license
          return { id: list.id, reference, role, ...(license === undefined ? {} : { license }) }
        }),
      ),
  )
  return [...declared, ...listed]
}

/** Images that somebody asks for and that are not in the archive of a role: one finding for each image and requirer. */
export function checkImageClosure(
  release: PlatformRelease,
  held: readonly HeldImage[],
  requirements: readonly ImageRequirement[],
): Finding[] {
  const missing = new Map<string, { requirement: ImageRequirement; roles: Role[] }>()
  for (const requirement of requirements) {
    if (release.archives[requirement.role] === undefined) continue
    if (held.some((image) => image.role === requirement.role && image.reference === requirement.reference))
      continue
    const key = `${requirement.reference}\0${requirerText(requirement.requirer, 'en')}`
    const entry = missing.get(key) ?? { requirement, roles: [] }
    if (!entry.roles.includes(requirement.role)) entry.roles.push(requirement.role)
    missing.set(key, entry)
  }
  return [...missing.values()].map(({ requirement, roles }) => imageMissing(requirement, roles, held))
}

function imageMissing(
  requirement: ImageRequirement,
  roles: readonly Role[],
  held: readonly HeldImage[],
): Finding {
  const { reference } = requirement
  const repository = repositoryOf(reference)
  const others = held.filter(
    (image) => roles.includes(image.role) && repositoryOf(image.reference) === repository,
  )
  const tags = [...new Map(others.map((image) => [image.id, image.reference.slice(repository.length)]))]
  const otherRole = held.find((image) => image.reference === reference)
  const where = otherRole?.id ?? others[0]?.id ?? 'images'
  const more: Text =
    otherRole !== undefined
      ? {
          en: `; ${otherRole.id} is for ${otherRole.role} only: add ${roles.join(' and ')} to its roles`,
          zh: `；${otherRole.id} 只用于 ${otherRole.role}：请在其 roles 中加入 ${roles.join('、')}`,
        }
      : tags.length > 0
        ? {
            en: `; it has ${tags.map(([id, tag]) => `${tag} (${id})`).join(', ')} instead`,
            zh: `，其中只有 ${tags.map(([id, tag]) => `${tag}（${id}）`).join('、')}`,
          }
        : { en: '', zh: '' }
  const requirer = withNodes(requirement.requirer, roles)
  return error('IMAGE_MISSING', where, {
    en: `${requirer.en} requires ${reference}${condition(requirement.when, 'en')}, which is not in the ${roles.join(' or ')} archive${more.en}`,
    zh: `${requirer.zh}需要 ${reference}${condition(requirement.when, 'zh')}，但 ${roles.join('、')} 离线包中没有${more.zh}`,
  })
}

/** `chart x (DaemonSet y, edge nodes)` */
function withNodes(requirer: RequirerName, roles: readonly Role[]): Text {
  const { detail } = requirer
  if (detail === undefined) return requirerWords(requirer)
  return {
    en: requirerText({ ...requirer, detail: `${detail}, ${roles.join(' and ')} nodes` }, 'en'),
    zh: requirerText(requirer, 'zh').replace(/）$/, () => `，${roles.join('、')} 节点）`),
  }
}

/** In Chinese, with a space behind it where Chinese follows Latin letters. */
function requirerWords(requirer: RequirerName): Text {
  const zh = requirerText(requirer, 'zh')
  return { en: requirerText(requirer, 'en'), zh: /[\x21-\x7e]$/.test(zh) ? `${zh} ` : zh }
}

function condition(when: When | undefined, lang: 'en' | 'zh'): string {
  if (when === undefined) return ''
  const name = 'option' in when ? when.option : when.fact
  if (lang === 'zh') return `（${'option' in when ? '选项' : '事实'} ${name}）`
  return ` (with ${'option' in when ? 'option' : 'fact'} ${name})`
}

/** Declared images whose repository an upstream list names with another tag. */
export function checkDrift(release: PlatformRelease, lists: ImageLists): Finding[] {
  return release.images.flatMap(({ id, reference }) =>
    release.imageLists.flatMap((list) => {
      const said = (lists.get(list.id) ?? []).filter((one) => repositoryOf(one) === repositoryOf(reference))
      if (said.length === 0 || said.includes(reference)) return []
      return [
        error('IMAGE_DRIFTED', `${id}.reference`, {
          en: `${reference} is declared, and ${list.name === 'k3s' ? 'K3s’ list' : `the list ${list.name}`} (${list.url}) says ${said.join(', ')}`,
          zh: `声明的是 ${reference}，而${list.name === 'k3s' ? ' K3s 的列表' : `列表 ${list.name}`}（${list.url}）为 ${said.join('、')}`,
        }),
      ]
    }),
  )
}

/** Declared images that nothing in the archive of that role asks for. */
export function checkUnasked(release: PlatformRelease, requirements: readonly ImageRequirement[]): Finding[] {
  return release.images.flatMap(({ id, reference, roles }) => {
    const idle = roles.filter(
      (role) =>
        !requirements.some((requirement) => requirement.role === role && requirement.reference === reference),
    )
    if (idle.length === 0) return []
    return [
      warning('IMAGE_UNASKED', id, {
        en: `nothing in the ${idle.join(' and ')} archive requires ${reference}; it is packed because the release says so`,
        zh: `${idle.join('、')} 离线包中没有任何组件需要 ${reference}；仅因发布清单声明而打包`,
      }),
    ]
  })
}

/** Texts in objects that look like images, and that no archive of the platform holds. */
export function checkMentioned(
  release: PlatformRelease,
  held: readonly HeldImage[],
  { requirements, mentioned }: PlatformRequirements,
): Finding[] {
  const known = new Set([...held, ...requirements].map(({ reference }) => reference))
  return mentioned.flatMap(({ text, reference, place, source }) => {
    if (known.has(reference) || release.notImages.has(text) || release.notImages.has(reference)) return []
    const [en, zh] = [requirerText(source.requirer, 'en'), requirerText(source.requirer, 'zh')]
    return [
      warning('IMAGE_MENTIONED', source.where, {
        en: `${en} mentions ${text} (${place}), which looks like an image and is not packed; add it to "images", or to "notImages" if it is none`,
        zh: `${zh} 提到 ${text}（${place}），看起来是镜像但未打包；请加入 "images"，若不是镜像则列入 "notImages"`,
      }),
    ]
  })
}

/** Files that something in an archive needs and that are not in it: one finding for each requirer. */
export function checkFileClosure(
  release: PlatformRelease,
  requirements: readonly FileRequirement[],
): Finding[] {
  return requirements.flatMap(({ role, requirer, paths, when }) => {
    if (release.archives[role] === undefined) return []
    const missing = paths.filter((path) => !hasPath(release, role, path))
    if (missing.length === 0) return []
    const are = missing.length === 1 ? 'is' : 'are'
    const { en, zh } = requirerWords(requirer)
    return [
      error('FILE_MISSING', 'files', {
        en: `${en} requires ${missing.join(', ')}${condition(when, 'en')}, which ${are} not in the ${role} archive`,
        zh: `${zh}需要 ${missing.join('、')}${condition(when, 'zh')}，但 ${role} 离线包中没有`,
      }),
    ]
  })
}

/** A cloud archive with K3s in it, and nothing that says which images this K3s asks for. */
export function checkListPresent(release: PlatformRelease): Finding[] {
  if (release.archives.cloud === undefined || release.imageLists.some(({ roles }) => roles.includes('cloud')))
    return []
  return [
    error('IMAGE_MISSING', 'imageLists', {
      en: 'K3s requires images that are compiled into it, and no list says which: add imageLists.k3s with the release’s k3s-images.txt',
      zh: 'K3s 内置了所需镜像，但没有任何列表说明是哪些：请用该版本的 k3s-images.txt 添加 imageLists.k3s',
    }),
  ]
}

/** Why an image is in the archives, each reason with its role, sorted. An image that nobody asks for names the release. */
export function reasonsFor(
  images: readonly HeldImage[],
  requirements: readonly ImageRequirement[],
): (Requirer & { role: Role })[] {
  const reasons = images.flatMap(({ reference, role, id, when }) => {
    const asked = requirements.filter(
      (requirement) => requirement.role === role && requirement.reference === reference,
    )
    if (asked.length === 0) return [{ ...requirerOf({ kind: 'release', name: id }, when), role }]
    return asked.map((requirement) => ({ ...requirerOf(requirement.requirer, requirement.when), role }))
  })
  const byKey = new Map(reasons.map((reason) => [JSON.stringify(reason), reason]))
  return [...byKey.values()].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))
}

function keyOf(reason: Requirer & { role: Role }): string {
  return `${reason.role}\0${reason.requirer}\0${JSON.stringify(reason.when ?? null)}`
}

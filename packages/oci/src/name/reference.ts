import { type Digest, isDigest } from '@edgelift/core'
import { fail } from '../codes.ts'

/** An image's name in full. A reference without tag and digest does not exist: the tag is then `latest`. */
export interface Reference {
  /** Host and port as in the name, `docker.io` for Docker Hub. */
  readonly registry: string
  /** `library/busybox` */
  readonly repository: string
  readonly tag?: string
  readonly digest?: Digest
}

// github.com/distribution/reference, regexp.go: the grammar that Docker and containerd share.
const DOMAIN_COMPONENT = '(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])'
const DOMAIN = new RegExp(
  `^(?:${DOMAIN_COMPONENT}(?:\\.${DOMAIN_COMPONENT})*|\\[[a-fA-F0-9:]+\\])(?::[0-9]+)?$`,
)
const PATH_COMPONENT = '[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*'
const PATH = new RegExp(`^${PATH_COMPONENT}(?:/${PATH_COMPONENT})*$`)
const TAG = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/
const PATH_LIMIT = 255

const HUB = 'docker.io'
const HUB_LEGACY = 'index.docker.io'

/**
 * Reads a reference as Docker and containerd do (distribution/reference, ParseDockerRef and TagNameOnly):
 * `busybox` is `docker.io/library/busybox:latest`, `kubeedge/pause:3.6` is on docker.io, a first component with
 * a dot, a colon or a capital letter, or `localhost`, is a registry. With a digest, no tag is made up.
 * @throws REFERENCE_INVALID, naming the field that is wrong
 */
export function parseReference(text: string): Reference {
  const at = text.indexOf('@')
  const digest = at === -1 ? undefined : text.slice(at + 1)
  const named = at === -1 ? text : text.slice(0, at)
  const colon = named.indexOf(':', named.lastIndexOf('/') + 1)
  const tag = colon === -1 ? undefined : named.slice(colon + 1)
  const { registry, repository } = splitName(colon === -1 ? named : named.slice(0, colon))

  const host = hostBehindUser(text)
  if (host !== undefined) throw withUser(host)
  if (text === '') throw invalid(text, 'name', 'it is empty', '为空')
  if (/^[0-9a-f]{64}$/.test(text)) {
    throw invalid(
      text,
      'name',
      '64 hex digits are an image id, not a name',
      '64 位十六进制数是镜像 ID，不是名称',
    )
  }
  // The grammar also takes ports that do not exist, and addresses that are none (`10.0.0.300`).
  if (!DOMAIN.test(registry) || !URL.canParse(`https://${registry}`)) {
    throw invalid(text, 'registry', `"${registry}" is not host[:port]`, `"${registry}" 不是 主机[:端口]`)
  }
  checkRepository(text, repository)
  if (digest !== undefined && !isDigest(digest)) {
    throw invalid(
      text,
      'digest',
      `"${digest}" is not sha256: and 64 hex digits`,
      `"${digest}" 不是 sha256: 加 64 位十六进制数`,
    )
  }
  if (tag !== undefined && !TAG.test(tag)) {
    throw invalid(
      text,
      'tag',
      `"${tag}" is not 1 to 128 letters, digits, "_", "." and "-" (not first)`,
      `"${tag}" 须为 1 至 128 个字母、数字、"_"、"." 和 "-"（后两者不能在首位）`,
    )
  }
  if (digest !== undefined) return { registry, repository, ...(tag === undefined ? {} : { tag }), digest }
  return { registry, repository, tag: tag ?? 'latest' }
}

/** What follows a user, with or without a password, that somebody wrote before the host as in a URL: no digest has "/" or ".". */
function hostBehindUser(text: string): string | undefined {
  const [, host] = /^.*@([^@]*[/.][^@]*)(?:@[^@/.]*)?$/s.exec(text) ?? []
  return host
}

function withUser(host: string): Error {
  return fail('REFERENCE_INVALID', {
    what: {
      en: `an image reference for ${host} has a user or a password in front`,
      zh: `${host} 的镜像引用前带有用户名或密码`,
    },
    because: {
      en: 'a user stands before the host, where an image reference has none',
      zh: '主机名前写了用户名，而镜像引用没有这一部分',
    },
    fix: {
      en: 'remove it, and log in with docker login: credentials are read from docker’s configuration',
      zh: '请将其删除，并用 docker login 登录：凭据取自 docker 的配置文件',
    },
  })
}

/** The full, canonical form: `docker.io/library/busybox:latest`, with `@sha256:…` when there is a digest. */
export function formatReference(ref: Reference): string {
  const tag = ref.tag === undefined ? '' : `:${ref.tag}`
  const digest = ref.digest === undefined ? '' : `@${ref.digest}`
  return `${ref.registry}/${ref.repository}${tag}${digest}`
}

function splitName(name: string): { registry: string; repository: string } {
  const slash = name.indexOf('/')
  const first = slash === -1 ? '' : name.slice(0, slash)
  const isRegistry = /[.:]/.test(first) || first === 'localhost' || first !== first.toLowerCase()
  if (!isRegistry) return { registry: HUB, repository: slash === -1 ? `library/${name}` : name }
  const rest = name.slice(slash + 1)
  if (first !== HUB && first !== HUB_LEGACY) return { registry: first, repository: rest }
  return { registry: HUB, repository: rest.includes('/') ? rest : `library/${rest}` }
}

function checkRepository(text: string, repository: string): void {
  if (repository !== repository.toLowerCase()) {
    throw invalid(text, 'repository', `"${repository}" has capital letters`, `"${repository}" 含有大写字母`)
  }
  if (!PATH.test(repository)) {
    throw invalid(
      text,
      'repository',
      `"${repository}" is not lower-case letters and digits, joined by ".", "_", "__", "-" and "/"`,
      `"${repository}" 须为小写字母和数字，以 "."、"_"、"__"、"-"、"/" 连接`,
    )
  }
  if (repository.length > PATH_LIMIT) {
    throw invalid(
      text,
      'repository',
      `it is longer than ${PATH_LIMIT} characters`,
      `超过 ${PATH_LIMIT} 个字符`,
    )
  }
}

const FIELDS = {
  name: '名称',
  registry: '仓库主机',
  repository: '仓库路径',
  tag: '标签',
  digest: '摘要',
} as const

function invalid(text: string, field: keyof typeof FIELDS, en: string, zh: string): Error {
  return fail('REFERENCE_INVALID', {
    what: {
      en: `"${text}" is not an image reference: its ${field} is wrong`,
      zh: `"${text}" 不是镜像引用：${FIELDS[field]}有误`,
    },
    because: { en, zh },
    fix: {
      en: 'write it as [registry/]repository[:tag][@sha256:digest]',
      zh: '请写成 [仓库主机/]仓库路径[:标签][@sha256:摘要]',
    },
  })
}

import { X509Certificate } from 'node:crypto'
import path from 'node:path'
import {
  fileErrorWords,
  isErrno,
  joinTexts,
  nearest,
  readNamedText,
  readSettingsYaml,
  schemaIssueText,
  type Text,
  YamlError,
  yamlErrorWords,
} from '@edgelift/core'
import { rememberUrlSecrets } from '@edgelift/oci'
import { z } from 'zod'
import { fail } from './codes.ts'
import { partedUrl, type UrlLogin } from './url-login.ts'

const host = z.string().regex(/^[^\s/@]+$/, 'host or host:port')
const url = z.string().refine(isUrl, 'a URL with https:// or http://')
const beginning = z.string().regex(/^https?:\/\//, 'a URL with https:// or http://')
const mirror = z.string().refine(isMirror, 'host[:port] or https://host/path')

/**
 * `edgelift.config.yaml`: how this machine reaches the world. It changes where bytes come from and how fast, never
 * which bytes: those are in the lock.
 */
const Config = z.strictObject({
  /** For a registry, where to ask first: `host[:port]`, or a URL whose path goes before the repository. */
  mirrors: z.record(host, z.array(mirror).min(1)).default({}).transform(byRegistry),
  /** A registry that has mirrors is itself never asked. */
  mirrorsOnly: z.boolean().default(false),
  /** Beginnings of URLs and what stands in their place; the longest that fits is taken. */
  rewrites: z.record(beginning, url).default({}),
  /** Files with certificates (PEM) that are trusted besides the public ones; relative to this file. */
  caFiles: z.array(z.string().min(1)).default([]),
  /** Hosts, `host` or `host:port`, that are spoken to in plain HTTP. */
  plainHttp: z.array(host).default([]),
  /** Transfers at once. */
  concurrency: z.number().int().min(1).max(32).default(3), // containerd and dockerd use 3
  /** Over all transfers together. */
  bytesPerSecond: z.number().int().positive().optional(),
})

/** Other names by which Docker Hub is known; references know it as `docker.io`. */
const DOCKER_HUB = ['index.docker.io', 'registry-1.docker.io', 'registry.hub.docker.com']

/** Also by the name that references have: an entry by another name alone would never be looked at. */
function byRegistry(mirrors: Readonly<Record<string, string[]>>): Record<string, string[]> {
  const all: Record<string, string[]> = { ...mirrors }
  for (const [name, list] of Object.entries(mirrors)) {
    const lower = name.toLowerCase()
    const usual = DOCKER_HUB.includes(lower) ? 'docker.io' : lower
    if (usual !== name) all[usual] = [...(all[usual] ?? []), ...list]
  }
  return all
}

function isMirror(text: string): boolean {
  const full = text.includes('://') ? text : `https://${text}`
  return URL.canParse(full) && /^https?:\/\/[^/]/i.test(full)
}

function isUrl(text: string): boolean {
  return /^https?:\/\/[^\s/]/.test(text) && URL.canParse(text)
}

export type Config = z.infer<typeof Config>

const KEYS = Object.keys(Config.shape)

/** A configuration with its files read, and without users and passwords in its URLs. */
export interface LoadedConfig extends Config {
  /** Certificates in PEM. */
  readonly ca: readonly string[]
  /** For URLs that begin so, those of `rewrites`. */
  readonly fileLogins: Readonly<Record<string, UrlLogin>>
  /** For mirrors, by `host[:port]`. */
  readonly mirrorLogins: Readonly<Record<string, UrlLogin>>
}

/** The file that is read when it is there and none is named. */
const CONFIG_FILE = 'edgelift.config.yaml'

/**
 * Reads the configuration: the file named, else {@link CONFIG_FILE} in the working directory where there is one,
 * else the defaults.
 * @throws CONFIG_INVALID naming the file and the field
 */
export async function loadConfig(named: string | undefined): Promise<LoadedConfig> {
  const file = named ?? CONFIG_FILE
  const text = await readIfThere(file, named !== undefined)
  if (text === undefined) return { ...withoutLogins(Config.parse({})), ca: [] }
  rememberUrlSecrets(text) // before any message quotes a value
  const document = parseYaml(text, file)
  const parsed = Config.safeParse(document)
  if (!parsed.success) {
    const defects = parsed.error.issues.map((issue) => schemaIssueText(issue, document))
    throw invalid(file, joinTexts(defects, '\n'), keysWords(parsed.error.issues))
  }
  const ca = parsed.data.caFiles.map((one) => readCertificates(path.resolve(path.dirname(file), one), file))
  return { ...withoutLogins(parsed.data), ca: await Promise.all(ca) }
}

/** From here on no URL has a secret that a store, a lock or a message could repeat. */
function withoutLogins(config: Config): Omit<LoadedConfig, 'ca'> {
  const fileLogins: Record<string, UrlLogin> = {}
  const mirrorLogins: Record<string, UrlLogin> = {}
  const rewrites = Object.entries(config.rewrites).map(([from, to]) => {
    const { url, login } = partedUrl(to)
    if (login !== undefined) fileLogins[usualAuthority(url)] = login
    return [from, url]
  })
  const mirrors = Object.entries(config.mirrors).map(([registry, list]) => {
    const parted = list.map(partedUrl)
    for (const { url, login } of parted)
      if (login !== undefined)
        mirrorLogins[new URL(url.includes('://') ? url : `https://${url}`).host] ??= login
    return [registry, parted.map(({ url }) => url)]
  })
  return {
    ...config,
    rewrites: Object.fromEntries(rewrites),
    mirrors: Object.fromEntries(mirrors),
    fileLogins,
    mirrorLogins,
  }
}

/** A server without a path. */
const SERVER = /^https?:\/\/[^/?#]+$/i

/**
 * The URL that is really asked for: the longest fitting beginning is replaced. A server's name without a slash behind it fits the
 * URLs of this server alone, and what follows never becomes a part of the name that replaces it.
 */
export function rewriteUrl(url: string, rewrites: Config['rewrites']): string {
  const usual = usualAuthority(url)
  const [fitting] = Object.entries(rewrites)
    .map(([from, to]) => ({ rest: restBehind(usual, usualAuthority(from)), to }))
    .flatMap(({ rest, to }) => (rest === undefined ? [] : [{ rest, to }]))
    .sort((a, b) => a.rest.length - b.rest.length)
  if (fitting === undefined) return url
  const { rest, to } = fitting
  return SERVER.test(to) && /^[^/?#]/.test(rest) ? `${to}/${rest}` : to + rest
}

/** Undefined where the URL does not begin so. */
function restBehind(url: string, beginning: string): string | undefined {
  if (!url.startsWith(beginning)) return undefined
  const rest = url.slice(beginning.length)
  return SERVER.test(beginning) && /^[^/?#]/.test(rest) ? undefined : rest
}

/** Who to be for a URL that `rewrites` gave: of the beginnings that fit the longest counts. */
export function loginFor(url: string, logins: LoadedConfig['fileLogins']): UrlLogin | undefined {
  const usual = usualAuthority(url)
  const [fitting] = Object.entries(logins)
    .filter(([beginning]) => restBehind(usual, beginning) !== undefined)
    .sort(([a], [b]) => b.length - a.length)
  return fitting?.[1]
}

/** Scheme and host in any case, and the scheme's own port, name the same server (RFC 3986, 6.2). */
function usualAuthority(url: string): string {
  return url
    .replace(/^https?:\/\/[^/?#]*/i, (authority) => authority.toLowerCase())
    .replace(/^(https:\/\/[^/?#]*):443(?=[/?#]|$)/, '$1')
    .replace(/^(http:\/\/[^/?#]*):80(?=[/?#]|$)/, '$1')
}

async function readIfThere(file: string, mustBe: boolean): Promise<string | undefined> {
  try {
    return await readNamedText(file)
  } catch (error) {
    if (isErrno(error, 'ENOENT') && !mustBe) return undefined
    throw invalid(file, fileErrorWords(error), CHECK_THE_PATH)
  }
}

function parseYaml(text: string, file: string): unknown {
  try {
    const [first, ...more] = readSettingsYaml(text)
    if (more.length === 0) return first ?? {} // a file of comments alone is an empty one
  } catch (error) {
    if (error instanceof YamlError) throw invalid(file, yamlErrorWords(error))
    throw error
  }
  throw invalid(file, {
    en: 'it holds several YAML documents: put all keys into one, without "---" between them',
    zh: '文件中有多个 YAML 文档：请将所有键写在同一个文档中，中间不要有 "---"',
  })
}

async function readCertificates(file: string, config: string): Promise<string> {
  // What stands around the certificates may be in any encoding: OpenSSL and curl pass over it.
  const text = await readNamedText(file, 'replaced').catch((error: unknown) => {
    const why = fileErrorWords(error)
    throw invalid(config, { en: `caFiles: ${file}: ${why.en}`, zh: `caFiles：${file}：${why.zh}` }, CA_FILES)
  })
  if (!text.includes('-----BEGIN CERTIFICATE-----'))
    throw invalid(
      config,
      {
        en: `caFiles: ${file} holds no certificate in PEM`,
        zh: `caFiles：${file} 中没有 PEM 格式的证书`,
      },
      CA_FILES,
    )
  for (const [index, block] of (text.match(CERTIFICATES) ?? []).entries()) {
    if (isCertificate(block)) continue
    throw invalid(
      config,
      {
        en: `caFiles: certificate ${index + 1} in ${file} is damaged`,
        zh: `caFiles：${file} 中第 ${index + 1} 个证书已损坏`,
      },
      CA_FILES,
    )
  }
  return text.replace(/^\ufeff/, '')
}

/** OpenSSL passes over what it cannot read, and every connection then fails as if the file were not there. */
const CERTIFICATES = /-----BEGIN CERTIFICATE-----[^-]*(-----END CERTIFICATE-----)?/g

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).raw.length > 0
  } catch {
    return false
  }
}

const THE_KEYS: Text = {
  en: `keys: ${KEYS.join(', ')}; edgelift init NEW-FOLDER writes a config file that explains each`,
  zh: `可用的键：${KEYS.join('、')}；edgelift init 新目录 会生成逐项说明的配置文件`,
}
const CHECK_THE_PATH: Text = { en: 'check the path and its permissions', zh: '请检查路径及其权限' }
const CA_FILES: Text = {
  en: 'name files with certificates in PEM; their paths are relative to this configuration file',
  zh: '请指定 PEM 格式的证书文件；路径相对于该配置文件',
}

/** What can be written, beginning with what was most likely meant. */
function keysWords(issues: readonly z.core.$ZodIssue[]): Text {
  const [wrong] = issues.flatMap((issue) => (issue.code === 'unrecognized_keys' ? issue.keys : []))
  const meant = wrong === undefined ? undefined : nearest(wrong, KEYS)
  if (meant === undefined) return THE_KEYS
  return { en: `did you mean ${meant}? ${THE_KEYS.en}`, zh: `是否指 ${meant}？${THE_KEYS.zh}` }
}

function invalid(file: string, because: Text | string, fix = THE_KEYS): Error {
  return fail('CONFIG_INVALID', {
    what: { en: `${file} cannot be used`, zh: `${file} 不可用` },
    because,
    fix,
  })
}

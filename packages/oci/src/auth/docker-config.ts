import path from 'node:path'
import {
  type Exec,
  exec,
  fileErrorWords,
  isErrno,
  parseJson,
  readNamedText,
  schemaIssueText,
} from '@edgelift/core'
import { z } from 'zod'
import { fail } from '../codes.ts'
import { askHelper } from './credential-helper.ts'
import type { Credentials, Login } from './credentials.ts'

export interface DockerCredentialsOptions {
  /** `DOCKER_CONFIG`, `HOME`, and what the credential helpers need (`PATH`, …). */
  readonly env: Readonly<Record<string, string | undefined>>
  /** Runs the credential helpers. */
  readonly exec?: Exec
}

// github.com/docker/cli, cli/config/configfile/file.go and types/authconfig.go; `null` is for Go what is left out.
const authSchema = z.object({
  auth: z.string().nullish(),
  username: z.string().nullish(),
  password: z.string().nullish(),
  identitytoken: z.string().nullish(),
  registrytoken: z.string().nullish(),
})
const configSchema = z.object({
  auths: z.record(z.string(), authSchema.nullish()).nullish(),
  credHelpers: z.record(z.string(), z.string().nullish()).nullish(),
  credsStore: z.string().nullish(),
})
type DockerConfig = z.infer<typeof configSchema>
type Auth = z.infer<typeof authSchema>

/** The key under which Docker keeps the credentials of docker.io. */
const HUB_KEY = 'https://index.docker.io/v1/'
const HUB_HOSTS = ['docker.io', 'index.docker.io', 'registry-1.docker.io']

/**
 * Credentials as `docker login` leaves them: `config.json` in `DOCKER_CONFIG` or `~/.docker`. A registry's own
 * helper (`credHelpers`) goes before the common one (`credsStore`), both before `auths`; one that is empty is none. The file is read when the
 * first registry asks, each registry is looked up once. No file means anonymous.
 * @throws CREDENTIALS_INVALID, naming the file and the field, or the helper
 */
export function dockerCredentials(options: DockerCredentialsOptions): Credentials {
  const file = configFile(options.env)
  let config: Promise<DockerConfig> | undefined
  const known = new Map<string, Promise<Login | undefined>>()
  const lookUp = async (registry: string): Promise<Login | undefined> => {
    config ??= readConfig(file)
    const { auths, credHelpers, credsStore } = await config
    const key = canonicalKey(registry)
    const helper = (entryOf(credHelpers, key) ?? credsStore) || undefined
    const server = key === 'docker.io' ? HUB_KEY : registry
    const run = options.exec ?? exec
    const stored =
      helper === undefined ? undefined : await askHelper({ helper, server, exec: run, env: options.env })
    return stored ?? loginOf(entryOf(auths, key), `${file}: auths["${registry}"]`)
  }
  return (registry) => {
    const found = known.get(registry) ?? lookUp(registry)
    known.set(registry, found)
    return found
  }
}

function configFile(env: DockerCredentialsOptions['env']): string | undefined {
  if (env.DOCKER_CONFIG) return path.join(env.DOCKER_CONFIG, 'config.json')
  return env.HOME ? path.join(env.HOME, '.docker', 'config.json') : undefined
}

/**
 * The host that a key of `auths` or `credHelpers` stands for; undefined for a key with a path of its own. Keys are
 * compared whole: `example.com` is neither `my-example.com` nor `example.com:5000`.
 */
function canonicalKey(key: string): string | undefined {
  const match = /^(?:https?:\/\/)?([^/]+)(?:\/(?:v[12]\/?)?)?$/i.exec(key)
  const host = match?.[1]?.toLowerCase()
  return host !== undefined && HUB_HOSTS.includes(host) ? 'docker.io' : host
}

function entryOf<T>(table: Record<string, T> | null | undefined, host: string | undefined): T | undefined {
  if (host === undefined) return undefined
  return Object.entries(table ?? {}).find(([key]) => canonicalKey(key) === host)?.[1]
}

async function readConfig(file: string | undefined): Promise<DockerConfig> {
  if (file === undefined) return {}
  let text: string
  try {
    text = await readNamedText(file)
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return {}
    throw invalid(file, fileErrorWords(error), error)
  }
  let json: unknown
  try {
    json = parseJson(text.replace(/^\uFEFF/, '')) // Windows editors put a byte order mark there
  } catch {
    // The parser's own message quotes the file, and the file holds passwords.
    throw invalid(file, { en: 'it is not JSON', zh: '不是 JSON' })
  }
  const parsed = configSchema.safeParse(json)
  if (parsed.success) return parsed.data
  throw invalid(file, schemaIssueText(parsed.error.issues[0], json))
}

/** As Docker: of an entry with both, `auth` counts and not the fields beside it. */
function loginOf(auth: Auth | null | undefined, where: string): Login | undefined {
  if (auth?.registrytoken) return { kind: 'bearer', token: auth.registrytoken }
  if (auth?.identitytoken) return { kind: 'identity', token: auth.identitytoken }
  if (!auth?.auth)
    return auth?.username
      ? { kind: 'basic', username: auth.username, password: auth.password ?? '' }
      : undefined
  const text = Buffer.from(auth.auth, 'base64').toString('utf8').replace(/\0+$/, '')
  const colon = text.indexOf(':')
  if (colon > 0) return { kind: 'basic', username: text.slice(0, colon), password: text.slice(colon + 1) }
  throw invalid(where, { en: 'auth is not base64 of user:password', zh: 'auth 不是 用户名:密码 的 base64' })
}

function invalid(where: string, because: { en: string; zh: string }, cause?: unknown): Error {
  return fail(
    'CREDENTIALS_INVALID',
    {
      what: { en: `${where}: the registry credentials cannot be used`, zh: `${where}：镜像仓库凭据无法使用` },
      because,
      fix: { en: 'repair it, or run "docker login" again', zh: '请修复，或重新运行 "docker login"' },
    },
    { cause },
  )
}

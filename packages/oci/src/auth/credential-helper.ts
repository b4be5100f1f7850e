import type { Exec, ExecResult } from '@edgelift/core'
import { lastLines, tryParseJson } from '@edgelift/core'
import { z } from 'zod'
import { fail } from '../codes.ts'
import { redact } from '../http/redact.ts'
import type { Login } from './credentials.ts'

export interface HelperCall {
  /** `desktop` calls `docker-credential-desktop`. */
  readonly helper: string
  /** The server as Docker names it: `https://index.docker.io/v1/`, `host:port`. */
  readonly server: string
  readonly exec: Exec
  readonly env: Readonly<Record<string, string | undefined>>
}

// github.com/docker/docker-credential-helpers, credentials/credentials.go
const secretSchema = z.object({ Username: z.string(), Secret: z.string() })
const NOT_FOUND = /credentials not found|no credentials (server|username)/i
/** The user name by which a helper says that its secret is an OAuth2 refresh token. */
const TOKEN_USER = '<token>'
const TIMEOUT = 60_000 // a key chain may ask a person to unlock it

/**
 * Asks a credential helper for a server's credentials: the server goes in on standard input, the secret comes
 * back on standard output, neither is ever an argument.
 * @returns undefined when the helper has none
 * @throws CREDENTIALS_INVALID, naming the helper
 */
export async function askHelper(call: HelperCall): Promise<Login | undefined> {
  const program = `docker-credential-${call.helper}`
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(call.helper)) {
    throw invalid(program, call.server, { en: 'this is no name of a helper', zh: '凭据助手名称无效' })
  }
  let result: ExecResult
  try {
    result = await call.exec(program, ['get'], { input: call.server, env: { ...call.env }, timeout: TIMEOUT })
  } catch (error) {
    throw invalid(program, call.server, { en: 'it cannot be run', zh: '无法运行' }, error)
  }
  if (result.code !== 0) {
    if (NOT_FOUND.test(result.stdout + result.stderr)) return undefined
    const words = redact(lastLines(result.stderr || result.stdout, 3))
    throw invalid(program, call.server, {
      en: `it ended with code ${result.code}: ${words}`,
      zh: `以代码 ${result.code} 结束：${words}`,
    })
  }
  const response = secretSchema.safeParse(tryParseJson(result.stdout))
  if (!response.success) {
    throw invalid(program, call.server, {
      en: 'its output has no Username and Secret',
      zh: '响应中没有 Username 和 Secret',
    })
  }
  const { Username, Secret } = response.data
  if (Username === TOKEN_USER) return { kind: 'identity', token: Secret }
  return Username === '' ? undefined : { kind: 'basic', username: Username, password: Secret }
}

function invalid(
  program: string,
  server: string,
  because: { en: string; zh: string },
  cause?: unknown,
): Error {
  return fail(
    'CREDENTIALS_INVALID',
    {
      what: {
        en: `${program}: no credentials for ${server}`,
        zh: `${program}：无法取得 ${server} 的凭据`,
      },
      because,
      fix: {
        en: 'repair the helper, or take it out of credHelpers and credsStore in the Docker configuration',
        zh: '请修复该凭据助手，或从 Docker 配置的 credHelpers、credsStore 中移除',
      },
    },
    { cause },
  )
}

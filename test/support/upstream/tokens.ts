import { randomBytes } from 'node:crypto'
import { type Answer, type Asked, jsonAnswer } from './exchange.ts'

/** How a registry asks who is there. */
export interface AuthOptions {
  /** `token`: as Docker Hub does, for the anonymous too. `basic`: name and password at every request. */
  readonly kind: 'none' | 'token' | 'basic'
  /** Name to password. Where there are any, the anonymous are refused. */
  readonly users?: Readonly<Record<string, string>>
  /** Seconds that a token lives; 300 when left out, as Docker Hub says. */
  readonly tokenLife?: number
}

/** The guard of a registry. */
export interface Guard {
  /** The refusal of a request to a repository (`undefined`: the base, `/v2/`), or nothing when it may pass. */
  refusal(asked: Asked, repository: string | undefined): Answer | undefined
  /** The token server's answer (distribution, "Token Authentication Specification"). */
  token(asked: Asked): Answer
}

const SERVICE = 'registry.test'

/** @param isKnown whether there is such a repository: as on Docker Hub, nobody gets access to one that is not there */
export function guard(auth: AuthOptions, isKnown: (repository: string) => boolean): Guard {
  const tokens = new Map<string, { readonly repositories: ReadonlySet<string>; readonly until: number }>()
  const life = auth.tokenLife ?? 300
  return {
    refusal(asked, repository) {
      if (auth.kind === 'none') return undefined
      const given = asked.headers.authorization
      if (auth.kind === 'basic') {
        const known = isUser(auth, given)
        return known ? undefined : unauthorized('Basic realm="registry"')
      }
      const held = given?.startsWith('Bearer ') ? tokens.get(given.slice('Bearer '.length)) : undefined
      const scope = repository === undefined ? '' : `,scope="repository:${repository}:pull"`
      const challenge = `Bearer realm="${asked.origin}/token",service="${SERVICE}"${scope}`
      // Some registries offer both ways in one header, and a client has to find the one that it can go.
      if (held === undefined && given === undefined)
        return unauthorized(`${challenge}, Basic realm="registry, \\"${SERVICE}\\""`)
      if (held === undefined || held.until < Date.now())
        return unauthorized(`${challenge},error="invalid_token"`)
      if (repository !== undefined && !held.repositories.has(repository))
        return unauthorized(`${challenge},error="insufficient_scope"`)
      return undefined
    },
    token(asked) {
      const given = asked.headers.authorization
      const isAnonymous = given === undefined && auth.users === undefined
      if (!isAnonymous && !isUser(auth, given)) return unauthorized('Basic realm="token server"')
      const token = randomBytes(24).toString('base64url')
      tokens.set(token, {
        repositories: new Set(asked.query.getAll('scope').flatMap(repositoriesOf).filter(isKnown)),
        until: Date.now() + life * 1000,
      })
      const issued = new Date().toISOString()
      return jsonAnswer(200, { token, access_token: token, expires_in: life, issued_at: issued })
    },
  }
}

/** `repository:library/busybox:pull,push`; several are separated by spaces or come as several parameters. */
function repositoriesOf(scope: string): string[] {
  return scope.split(' ').flatMap((one) => {
    const match = /^repository:(.+):[^:]+$/.exec(one)
    return match?.[1] === undefined ? [] : [match[1]]
  })
}

function isUser(auth: AuthOptions, given: string | undefined): boolean {
  if (!given?.startsWith('Basic ')) return false
  const [name = '', ...password] = Buffer.from(given.slice('Basic '.length), 'base64').toString().split(':')
  return auth.users?.[name] !== undefined && auth.users[name] === password.join(':')
}

function unauthorized(challenge: string): Answer {
  const errors = [{ code: 'UNAUTHORIZED', message: 'authentication required', detail: null }]
  return jsonAnswer(401, { errors }, { 'www-authenticate': challenge })
}

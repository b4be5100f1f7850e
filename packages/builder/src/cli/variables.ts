import { isUnexpanded, nearest, type Report, variableInvalid } from '@edgelift/core'
import type { Env } from '@edgelift/core/cli'

const KNOWN = ['EDGELIFT_STORE', 'EDGELIFT_CONFIG', 'EDGELIFT_LANG'] as const
const PREFIX = 'EDGELIFT_'

/** Steps between two words that one mistyped letter, or two exchanged ones, make. */
const MISTYPED = 2

/**
 * A path from the environment; undefined where the variable is not set or empty.
 * @throws ENVIRONMENT_INVALID for one that begins with `~`: no shell has replaced it, as in a file of variables for containers
 */
export function pathVariable(name: (typeof KNOWN)[number], env: Env): string | undefined {
  const value = env[name]
  if (!value) return undefined
  if (!isUnexpanded(value)) return value
  throw variableInvalid(
    { name, value },
    { en: 'only a shell replaces ~ by the home folder', zh: '只有 shell 会把 ~ 展开为主目录' },
    { en: `write the whole path into ${name}`, zh: `请在 ${name} 中写完整路径` },
  )
}

/** Warns of variables that nobody reads and that are most likely mistyped: `EDGELIFT_STOER`. */
export function warnOfMistypedVariables(env: Env, report: Report): void {
  const known: readonly string[] = KNOWN
  for (const name of Object.keys(env).sort()) {
    if (!name.startsWith(PREFIX) || known.includes(name)) continue
    const meant = nearest(
      name.slice(PREFIX.length),
      known.map((one) => one.slice(PREFIX.length)),
      MISTYPED,
    )
    if (meant === undefined) continue
    report({
      type: 'note',
      level: 'warning',
      text: {
        en: `edgelift does not know the environment variable ${name}: did you mean ${PREFIX}${meant}?`,
        zh: `无法识别环境变量 ${name}：是否指 ${PREFIX}${meant}？`,
      },
    })
  }
}

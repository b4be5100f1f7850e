import { fail } from './codes.ts'
import { plainText } from './plain-text.ts'
import type { Text } from './text.ts'

/**
 * The error of an environment variable whose value is none that it can have: one that was set is meant.
 * @param expected what it can be
 */
export function variableInvalid(
  { name, value }: { readonly name: string; readonly value: string },
  expected: Text,
  fix: Text,
): Error {
  const shown = plainText(value)
  return fail('ENVIRONMENT_INVALID', {
    what: { en: `the environment variable ${name} is not valid`, zh: `环境变量 ${name} 无效` },
    because: {
      en: `its value is "${shown}"; ${expected.en}`,
      zh: `其值为 "${shown}"；${expected.zh}`,
    },
    fix,
  })
}

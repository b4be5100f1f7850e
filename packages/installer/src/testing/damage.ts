import { EdgeliftError } from '@edgelift/core'
import { expect } from 'vitest'

/** What a power loss, a bad disk or a hand leaves of a file, and what a program of another version may print. */
export const DAMAGE = [
  ...[
    '',
    '{',
    'null',
    '[]',
    '"text"',
    '{"a": [1, {}]}',
    '{"items": [{}]}',
    '{"items": null}',
    ': : :\n\t- x',
    '%',
  ],
  ...['a b c\nd', '=\n==', '\0\0\0\0'],
]

/** What no program prints: no argument and no path can hold NUL. */
export const PRINTED = DAMAGE.filter((text) => !text.includes('\0'))

/** Goes through, or ends with an error that has a code: what is wrong in a file or an output is no defect of edgelift. */
export async function expectCoded(work: Promise<unknown>, damage: string): Promise<void> {
  const failed = await work.then(
    () => undefined,
    (error: unknown) => error,
  )
  if (failed !== undefined) expect(failed, JSON.stringify(damage)).toBeInstanceOf(EdgeliftError)
}

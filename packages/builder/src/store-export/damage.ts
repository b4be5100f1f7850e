import { EdgeliftError, type Text } from '@edgelift/core'

/** Whether an error says that content is another one than its digest names. */
export function isDamage(error: unknown): error is EdgeliftError {
  return error instanceof EdgeliftError && ['DIGEST_MISMATCH', 'SIZE_MISMATCH'].includes(error.code)
}

/** Such an error with what helps: to read the same file again does not. */
export function withFix({ code, exit, what, because }: EdgeliftError, fix: Text): EdgeliftError {
  return new EdgeliftError(code, exit, { what, ...(because === undefined ? {} : { because }), fix })
}

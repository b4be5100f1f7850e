import type { ErrorCode } from './error-code.ts'
import { textWithoutSecrets } from './secrets.ts'
import { boundedText, type Lang, same, type Text } from './text.ts'

/** The exit codes of every command (contract: 0 done, 1 failed, 2 usage, 3 preflight, 4 integrity, 5 interrupted). */
export const EXIT = { done: 0, failed: 1, usage: 2, preflight: 3, integrity: 4, interrupted: 5 } as const
export type ExitCode = (typeof EXIT)[keyof typeof EXIT]

/** What a stable error code means and which exit code it leads to. The docs' table is generated from these. */
export interface CodeEntry {
  readonly exit: ExitCode
  readonly title: Text
}
export type CodeTable = Readonly<Record<string, CodeEntry>>

/** What an error says: what happened, why, and what to do. Strings are the same in both languages. */
export interface Failure {
  readonly what: Text | string
  readonly because?: Text | string
  readonly fix?: Text | string
}

/**
 * The one error that is meant for people. Any other error that reaches a command's end is a bug in edgelift.
 * Its texts are safe to show: secrets that are known are blanked as it is built, and names of others that have no end are cut.
 */
export class EdgeliftError extends Error {
  override readonly name = 'EdgeliftError'
  readonly code: ErrorCode
  readonly exit: ExitCode
  readonly what: Text
  readonly because: Text | undefined
  readonly fix: Text | undefined

  constructor(code: ErrorCode, exit: ExitCode, failure: Failure, options?: { cause?: unknown }) {
    const what = shownText(failure.what)
    super(`${code}: ${what.en}`, options)
    this.code = code
    this.exit = exit
    this.what = what
    this.because = failure.because === undefined ? undefined : shownText(failure.because)
    this.fix = failure.fix === undefined ? undefined : shownText(failure.fix)
  }

  /** The contract's JSON form. Always English, as codes and JSON do not depend on the language. */
  toJSON(): { code: string; message: string; cause: string; fix: string; cure: string } {
    const fix = this.fix?.en ?? ''
    // `cure` was the key's name before; programs may still read it.
    return { code: this.code, message: this.what.en, cause: this.because?.en ?? '', fix, cure: fix }
  }
}

/**
 * A package's own way to make errors: `const fail = failures(codes)`, then `throw fail('CODE', { what, … })`.
 * Only codes of the table are accepted, so the table stays whole.
 */
export function failures<T extends CodeTable>(
  table: T,
): (code: keyof T & string, failure: Failure, options?: { cause?: unknown }) => EdgeliftError {
  return (code, failure, options) =>
    // `pnpm generate --check` holds the union against the tables.
    new EdgeliftError(code as ErrorCode, entryOf(table, code).exit, failure, options)
}

/** The form on standard error: `error[CODE]: what`, then the cause and the fix, each on a line labelled in `lang`. */
export function formatError(error: EdgeliftError, lang: Lang): string {
  const lines = [`error[${error.code}]: ${error.what[lang]}`]
  if (error.because) lines.push(`${CAUSE[lang]}${error.because[lang]}`)
  if (error.fix) lines.push(`${FIX[lang]}${error.fix[lang]}`)
  return lines.join('\n')
}

const CAUSE: Text = { en: 'cause: ', zh: '原因：' }
const FIX: Text = { en: 'fix: ', zh: '处理：' }

/** Whether `error` is a system error of one of these codes (`ENOENT`, `ENOSPC`, …). */
export function isErrno(error: unknown, ...codes: string[]): boolean {
  const code = (error as { code?: unknown } | null)?.code
  return error instanceof Error && typeof code === 'string' && codes.includes(code)
}

function shownText(words: Text | string): Text {
  return boundedText(textWithoutSecrets(typeof words === 'string' ? same(words) : words))
}

function entryOf(table: CodeTable, code: string): CodeEntry {
  const entry = table[code]
  if (entry === undefined) throw new Error(`error code ${code} is in no table`)
  return entry
}

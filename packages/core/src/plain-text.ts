import { withoutSecrets } from './secrets.ts'

/**
 * What a terminal or a log would act on in place of showing it: C0 but tab and line feed, DEL, C1, the line and
 * paragraph separators, and every character that changes the direction of text (Unicode Standard Annex 9) or hides it
 * (tag characters).
 */
const ACTS =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is replaced
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]|[\u{e0000}-\u{e007f}]/gu

/** Text of others, for terminals and logs: what would act is shown as `<U+001B>`, secrets that are known are blanked. */
export function plainText(text: string): string {
  return withoutSecrets(text)
    .replaceAll('\r\n', '\n')
    .replace(ACTS, (one) => `<U+${codeOf(one).toString(16).toUpperCase().padStart(4, '0')}>`)
}

/** How a text of others begins. What is secret is blanked first: half of it could not be found any more. */
export function beginningOf(text: string, length: number): string {
  return withoutSecrets(text).slice(0, length)
}

/** A name of others, on one line: a line feed in it would begin a line that looks like ours. */
export function plainName(name: string): string {
  return plainText(name.replaceAll('\n', '<U+000A>'))
}

/** Whether a text holds a character that no name needs: one that would act. */
export function hasActing(text: string): boolean {
  return text.search(ACTS) !== -1
}

/** JSON text with the same characters escaped, which `JSON.stringify` does to C0 only. The value stays the same. */
export function plainJson(json: string): string {
  return withoutSecrets(json).replace(ACTS, (one) =>
    one
      .split('')
      .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
      .join(''),
  )
}

function codeOf(one: string): number {
  return one.codePointAt(0) ?? 0
}

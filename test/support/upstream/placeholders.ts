import { PLACEHOLDER_MARK } from '@edgelift/bundle'

/** A file that only says what it stands for. */
export function placeholderFile(name: string): Uint8Array {
  return Buffer.from(`${PLACEHOLDER_MARK}${name}\n`)
}

/** A program that says what it stands for, and fails. */
export function placeholderProgram(name: string): Uint8Array {
  return Buffer.from(
    [
      '#!/bin/sh',
      `# ${PLACEHOLDER_MARK}${name}`,
      `echo "this file only stands for ${name}: it comes from edgelift's embedded upstream, not from the internet" >&2`,
      'exit 1',
      '',
    ].join('\n'),
  )
}

import { describe, expect, it } from 'vitest'
import { isPlaceholderFile, PLACEHOLDER_MARK } from './placeholders.ts'

const head = (text: string): boolean => isPlaceholderFile(Buffer.from(text))

describe('isPlaceholderFile', () => {
  it('knows the mark in the first line, in a comment, and below the interpreter of a script', () => {
    expect(head(`${PLACEHOLDER_MARK}libc.so.6\n`)).toBe(true)
    expect(head(`# ${PLACEHOLDER_MARK}crd\nkind: X\n`)).toBe(true)
    expect(head(`#!/bin/sh\n# ${PLACEHOLDER_MARK}keadm\nexit 1\n`)).toBe(true)
  })

  it('takes nothing else for one', () => {
    expect(head('')).toBe(false)
    expect(head('\u007fELF\u0002\u0001')).toBe(false)
    expect(head(`#!/bin/sh\necho x\n# ${PLACEHOLDER_MARK}keadm\n`)).toBe(false)
    expect(head(`about the line "${PLACEHOLDER_MARK}x"\n`)).toBe(false)
  })
})

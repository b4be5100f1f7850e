import { describe, expect, it } from 'vitest'
import { isStandInFile, STAND_IN_MARK } from './stand-ins.ts'

const head = (text: string): boolean => isStandInFile(Buffer.from(text))

describe('isStandInFile', () => {
  it('knows the mark in the first line, in a comment, and below the interpreter of a script', () => {
    expect(head(`${STAND_IN_MARK}libc.so.6\n`)).toBe(true)
    expect(head(`# ${STAND_IN_MARK}crd\nkind: X\n`)).toBe(true)
    expect(head(`#!/bin/sh\n# ${STAND_IN_MARK}keadm\nexit 1\n`)).toBe(true)
  })

  it('takes nothing else for one', () => {
    expect(head('')).toBe(false)
    expect(head('\u007fELF\u0002\u0001')).toBe(false)
    expect(head(`#!/bin/sh\necho x\n# ${STAND_IN_MARK}keadm\n`)).toBe(false)
    expect(head(`about the line "${STAND_IN_MARK}x"\n`)).toBe(false)
  })
})

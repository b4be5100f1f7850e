import { execFileSync } from 'node:child_process'
import { mkdir, rm, symlink, truncate, writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { EdgeliftError } from '@edgelift/core'
import { asEdgeliftError } from '@edgelift/core/cli'
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

/** What may stand where a file belongs, and bytes that are no text. */
export const STRAYS: Readonly<Record<string, (file: string) => Promise<unknown>>> = {
  'an empty directory': (file) => mkdir(file),
  'a directory that holds something': (file) => mkdir(path.join(file, 'theirs'), { recursive: true }),
  'a pipe': async (file) => execFileSync('mkfifo', [file]),
  'a link to itself': (file) => symlink(path.basename(file), file),
  'a link to nowhere': (file) => symlink('nowhere', file),
  'bytes that are no UTF-8': (file) => writeFile(file, Buffer.from('"\xff\xfe\x80"', 'latin1')),
}

/** As a bad disk or a runaway program leaves a file: it takes no space. */
export async function layHuge(file: string): Promise<void> {
  await writeFile(file, '')
  await truncate(file, 2 ** 40)
}

/** Lays it in place of what is there. */
export async function layStray(file: string, lay: (file: string) => Promise<unknown>): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true })
  await rm(file, { recursive: true, force: true })
  await lay(file)
}

/** Goes through, or ends with an error for people: what is wrong in a file or an output is no defect of edgelift. */
export async function expectCoded(
  work: Promise<unknown>,
  damage: string,
): Promise<EdgeliftError | undefined> {
  const failed = await work.then(
    () => undefined,
    (error: unknown) => error,
  )
  if (failed === undefined) return undefined
  const told = asEdgeliftError(failed)
  const about = `${JSON.stringify(damage)}: ${String(failed)}`
  expect(told.code, about).not.toBe('INTERNAL')
  expect(told.what.en, about).not.toBe('cannot read or write a file')
  return told
}

/** As {@link expectCoded}, for what stands in the place of a file: an error says where, why, and what to do. */
export async function expectPlace(work: Promise<unknown>, file: string, stray: string): Promise<void> {
  const told = await expectCoded(work, stray)
  if (told === undefined) return
  const about = `${stray}: ${told.message}`
  expect(told.what.en, about).toContain(file)
  expect(told.what.zh, about).toContain(file)
  for (const words of [told.because, told.fix]) expect(words?.zh, about).toMatch(/\p{Script=Han}/u)
}

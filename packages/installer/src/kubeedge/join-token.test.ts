import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, it } from 'vitest'
import { givenToken, parseToken } from './join-token.ts'

const HASH = 'a1'.repeat(32)

function jwt(claims: unknown): string {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
  return `${HASH}.${part({ alg: 'HS256' })}.${part(claims)}.c2lnbmF0dXJl`
}

it("reads a token's cloud and its end", () => {
  expect(parseToken(jwt({ exp: 2000 }))).toMatchObject({ caHash: HASH, expires: 2000 })
  expect(parseToken(jwt({}))).toMatchObject({ expires: undefined })
})

it.each([
  ['nothing', ''],
  ['words', 'nonsense'],
  ['a token that was cut off', jwt({ exp: 1 }).slice(0, -20)],
  ['claims that are none', `${HASH}.e30.bm90IGpzb24.c2ln`],
  ['a token without its hash', jwt({ exp: 1 }).slice(65)],
])('takes %s for no token', (_title, text) => {
  expect(parseToken(text)).toBeUndefined()
})

it('takes it from a file, with the end of its line, and says where there is none', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'edgelift-token-'))
  try {
    const tokenFile = path.join(folder, 'token')
    expect(await givenToken({ tokenFile })).toMatchObject({
      state: 'unreadable',
      where: { en: tokenFile, zh: tokenFile },
    })
    await writeFile(tokenFile, `${jwt({ exp: 1 })}\r\n`)
    expect(await givenToken({ tokenFile })).toMatchObject({
      state: 'given',
      token: { text: jwt({ exp: 1 }) },
    })
    expect(await givenToken({ token: 'x' })).toMatchObject({ state: 'malformed' })
    expect(await givenToken({})).toEqual({ state: 'absent' })
  } finally {
    await rm(folder, { recursive: true })
  }
})

import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { formatPublicKey, newKey, PATHS, signHash, signingHash } from '@edgelift/bundle'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { Host } from '../node/host.ts'
import { requiredKey, TRUSTED_KEYS, trustedKeys } from './trusted-keys.ts'

const [ours, older, stranger] = [newKey(), newKey(), newKey()]
let root = ''
let host: Host

beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'edgelift-keys-'))
  host = { root } as Host
  await mkdir(path.dirname(path.join(root, TRUSTED_KEYS)), { recursive: true })
})
afterEach(() => rm(root, { recursive: true, force: true }))

const trust = (text: string) => writeFile(path.join(root, TRUSTED_KEYS), text, { mode: 0o644 })
const sign = (key: Parameters<typeof signHash>[1]) =>
  writeFile(path.join(root, PATHS.signature), signHash(signingHash().update('x').digest(), key, 'c'))

it('asks for no signature where the site has no keys', async () => {
  expect(await trustedKeys(host)).toBeUndefined()
  expect(await requiredKey(host, root, undefined)).toBeUndefined()
  expect(await requiredKey(host, root, ours)).toBe(ours)
})

it('takes any of several keys, which may stand in one file with comments', async () => {
  await trust(`# the site's keys\n${formatPublicKey(older)}\n${formatPublicKey(ours)}`)
  await sign(ours)
  expect((await requiredKey(host, root, undefined))?.raw).toEqual(ours.raw)
})

it('refuses an unsigned archive and one of another key, and names both', async () => {
  await trust(formatPublicKey(ours))
  await expect(requiredKey(host, root, undefined)).rejects.toMatchObject({
    code: 'SIGNATURE_UNTRUSTED',
    exit: 4,
    because: { en: expect.stringContaining('not signed') },
  })
  await sign(stranger)
  await expect(requiredKey(host, root, stranger)).rejects.toMatchObject({ code: 'SIGNATURE_UNTRUSTED' })
})

it('refuses a file of keys that others can write, an empty one and one that is no key', async () => {
  await trust(formatPublicKey(ours))
  await chmod(path.join(root, TRUSTED_KEYS), 0o666)
  await expect(trustedKeys(host)).rejects.toMatchObject({ code: 'DIRECTORY_UNSAFE' })
  await chmod(path.join(root, TRUSTED_KEYS), 0o644)
  for (const text of ['', 'untrusted comment: x\n', 'bm8ga2V5\n']) {
    await trust(text)
    await expect(trustedKeys(host), text).rejects.toMatchObject({ code: 'KEY_INVALID' })
  }
})

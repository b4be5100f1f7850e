import { execFileSync } from 'node:child_process'
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
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
  await mkdir(path.dirname(path.join(root, TRUSTED_KEYS)), { recursive: true, mode: 0o755 })
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

it('takes comments in an encoding of the writer’s own, such as GBK', async () => {
  const comment = Buffer.from([0x23, 0x20, 0xd5, 0xbe, 0xb5, 0xe3, 0x0d, 0x0a]) // "# 站点" of a Chinese Windows
  const file = path.join(root, TRUSTED_KEYS)
  await writeFile(file, Buffer.concat([comment, Buffer.from(formatPublicKey(ours))]), { mode: 0o644 })
  expect((await trustedKeys(host))?.map(({ raw }) => raw)).toEqual([ours.raw])
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

it('waits for no pipe in the place of a signature', async () => {
  await trust(formatPublicKey(ours))
  execFileSync('mkfifo', [path.join(root, PATHS.signature)])
  await expect(requiredKey(host, root, undefined)).rejects.toMatchObject({ code: 'FILE_NOT_REGULAR' })
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

it.each([
  ['a link to nowhere', (file: string) => symlink(path.join(root, 'gone'), file), 'does not exist'],
  ['a link to itself', (file: string) => symlink(file, file), 'does not exist'],
  ['a folder', (file: string) => mkdir(file), 'regular file'],
  ['a pipe', async (file: string) => execFileSync('mkfifo', [file]), 'regular file'],
])('%s is not the same as no keys', async (_, lay, words) => {
  await lay(path.join(root, TRUSTED_KEYS))
  await expect(trustedKeys(host)).rejects.toMatchObject({
    code: 'DIRECTORY_UNSAFE',
    because: { en: expect.stringContaining(words) },
  })
})

it('refuses keys that others can exchange: in a folder, or at the end of a link, that they can write', async () => {
  const place = path.join(root, TRUSTED_KEYS)
  const elsewhere = path.join(root, 'shared')
  await mkdir(elsewhere, { mode: 0o755 })
  await writeFile(path.join(elsewhere, 'keys'), formatPublicKey(ours), { mode: 0o644 })
  await symlink(path.join(elsewhere, 'keys'), place)
  expect(await trustedKeys(host)).toHaveLength(1)
  for (const open of [path.dirname(place), elsewhere, path.join(elsewhere, 'keys')]) {
    await chmod(open, 0o777)
    await expect(trustedKeys(host), open).rejects.toMatchObject({ code: 'DIRECTORY_UNSAFE' })
    await chmod(open, 0o755)
  }
})

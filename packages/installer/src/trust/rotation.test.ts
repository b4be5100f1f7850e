import { chown, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { type BundleManifest, formatPublicKey, newKey, PATHS, signHash, signingHash } from '@edgelift/bundle'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { Host } from '../node/host.ts'
import { addTrustedKey } from './add-key.ts'
import { auditDirectory } from './audit.ts'
import { requiredKey, TRUSTED_KEYS, trustedKeys } from './trusted-keys.ts'

const [old, next, third] = [newKey(), newKey(), newKey()]
let root = ''
let host: Host
let archive = ''

beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'edgelift-rotation-'))
  host = { root } as Host
  archive = path.join(root, 'archive')
  await mkdir(archive)
})
afterEach(() => rm(root, { recursive: true, force: true }))

/** Signs the archive, or takes its signature away. */
async function sign(key: typeof old | undefined): Promise<void> {
  const file = path.join(archive, PATHS.signature)
  if (key === undefined) await rm(file, { force: true })
  else await writeFile(file, signHash(signingHash().update('x').digest(), key, 'archive'))
}

async function trust(key: typeof old, signer: typeof old | undefined, replace: boolean): Promise<void> {
  const [file, text] = [path.join(root, 'new.pub'), formatPublicKey(key)]
  await writeFile(file, text)
  await rm(`${file}.minisig`, { force: true })
  if (signer !== undefined)
    await writeFile(`${file}.minisig`, signHash(signingHash().update(text).digest(), signer, 'rotation'))
  await addTrustedKey(host, file, replace)
}

/** By which key an archive is accepted, as an installation, an upgrade and an audit ask. */
async function acceptedBy(key: typeof old | undefined): Promise<typeof old | undefined> {
  await sign(key)
  const found = await requiredKey(host, archive, undefined)
  return [old, next, third].find(({ raw }) => found?.raw.equals(raw) === true)
}

/** What an installation or an upgrade says of the archive before it reads one of its files. */
function install(): Promise<void> {
  const manifest = {} as BundleManifest
  return auditDirectory({
    host,
    directory: archive,
    manifest,
    publicKey: undefined,
    files: [],
    report: () => {},
  })
}

it('goes from one key over both to the next one, and never accepts what no key of the day has signed', async () => {
  await trust(old, undefined, false)
  expect(await acceptedBy(old)).toBe(old)
  await expect(acceptedBy(next)).rejects.toMatchObject({ code: 'SIGNATURE_UNTRUSTED' })

  await trust(next, old, false)
  expect([await acceptedBy(old), await acceptedBy(next)]).toEqual([old, next])

  await trust(next, old, true)
  expect(await acceptedBy(next)).toBe(next)
  await expect(acceptedBy(old)).rejects.toMatchObject({ code: 'SIGNATURE_UNTRUSTED', exit: 4 })
  await expect(install()).rejects.toMatchObject({
    code: 'SIGNATURE_UNTRUSTED',
    because: { en: expect.stringMatching(/^it is signed with key [0-9A-F]{16}; .* trusts [0-9A-F]{16}$/) },
    fix: { zh: expect.stringContaining('受信任密钥') },
  })
  await sign(undefined)
  await expect(install()).rejects.toMatchObject({
    code: 'SIGNATURE_UNTRUSTED',
    because: { en: expect.stringContaining('it is not signed') },
  })
})

it('takes no new key from a key that was removed, nor from one that vouches for itself', async () => {
  await trust(old, undefined, false)
  await trust(next, old, true)
  await expect(trust(third, old, false)).rejects.toMatchObject({ code: 'SIGNATURE_UNTRUSTED' })
  await expect(trust(third, third, true)).rejects.toMatchObject({ code: 'SIGNATURE_UNTRUSTED' })
  await expect(trust(third, undefined, true)).rejects.toMatchObject({ code: 'SIGNATURE_UNTRUSTED' })
  expect((await trustedKeys(host))?.map(({ raw }) => raw)).toEqual([next.raw])
})

it.each([
  [
    'a key that was cut off',
    (text: string) => text.slice(0, -20),
    'line 2 is not a minisign public key',
    '第 2 行',
  ],
  [
    'a damaged second key',
    (text: string) => `${text}RWQ!\n`,
    'line 3 is not a minisign public key',
    '第 3 行',
  ],
  ['comments alone', () => '# all keys are gone\n', 'it holds no key', '其中没有公钥'],
])('a damaged list of keys (%s) lets nothing in, and says what to do', async (_, damage, en, zh) => {
  await trust(old, undefined, false)
  await sign(old)
  await writeFile(path.join(root, TRUSTED_KEYS), damage(formatPublicKey(old)))
  const refused = {
    code: 'KEY_INVALID',
    what: { en: expect.stringContaining(TRUSTED_KEYS) },
    because: { en, zh: expect.stringContaining(zh) },
    fix: { en: expect.stringContaining('write the trusted public keys there again') },
  }
  await expect(install()).rejects.toMatchObject(refused)
  await expect(requiredKey(host, archive, old)).rejects.toMatchObject(refused)
  await expect(trust(next, old, true)).rejects.toMatchObject(refused)
})

it.runIf(process.geteuid?.() === 0)(
  'a list of keys that belongs to another user lets nothing in',
  async () => {
    await trust(old, undefined, false)
    await sign(old)
    await chown(path.join(root, TRUSTED_KEYS), 1000, 1000)
    await expect(install()).rejects.toMatchObject({
      code: 'DIRECTORY_UNSAFE',
      because: { en: 'it does not belong to root, or other users can write to it' },
      fix: { en: expect.stringContaining('chown root:') },
    })
  },
)

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { formatPublicKey, keyName, newKey, parsePublicKeys, signHash, signingHash } from '@edgelift/bundle'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { Host } from '../node/host.ts'
import { addTrustedKey } from './add-key.ts'
import { TRUSTED_KEYS } from './trusted-keys.ts'

const [first, second, stranger] = [newKey(), newKey(), newKey()]
let root = ''
let host: Host

beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'edgelift-add-key-'))
  host = { root } as Host
})
afterEach(() => rm(root, { recursive: true, force: true }))

async function fileOf(key: typeof first, signer?: typeof first): Promise<string> {
  const file = path.join(root, `${keyName(key)}.pub`)
  const text = formatPublicKey(key)
  await writeFile(file, text)
  await rm(`${file}.minisig`, { force: true })
  if (signer !== undefined)
    await writeFile(`${file}.minisig`, signHash(signingHash().update(text).digest(), signer, 'rotation'))
  return file
}

const trusted = async () =>
  parsePublicKeys(await readFile(path.join(root, TRUSTED_KEYS), 'utf8'), TRUSTED_KEYS).map(keyName)

it("believes a site's first key, and takes the second one only with the first one's signature", async () => {
  expect(await addTrustedKey(host, await fileOf(first), false)).toEqual({
    key: keyName(first),
    trusted: [keyName(first)],
  })
  await expect(addTrustedKey(host, await fileOf(second), false)).rejects.toMatchObject({
    code: 'SIGNATURE_UNTRUSTED',
  })
  await expect(addTrustedKey(host, await fileOf(second, stranger), false)).rejects.toMatchObject({
    code: 'SIGNATURE_UNTRUSTED',
  })
  expect(await trusted()).toEqual([keyName(first)])
  expect(await addTrustedKey(host, await fileOf(second, first), false)).toMatchObject({
    signedBy: keyName(first),
  })
  expect(await trusted()).toEqual([keyName(first), keyName(second)])
})

it('reads a key as Windows may have written it, in UTF-16 or with a comment in GBK, and holds its very bytes signed', async () => {
  await addTrustedKey(host, await fileOf(first), false)
  const file = path.join(root, 'new.pub')
  const text = formatPublicKey(second)
  for (const bytes of [
    Buffer.from(`\ufeff${text.replaceAll('\n', '\r\n')}`, 'utf16le'),
    Buffer.concat([
      Buffer.from('untrusted comment: '),
      Buffer.from([0xd5, 0xbe, 0x0a]),
      Buffer.from(text.split('\n')[1] ?? ''),
    ]),
  ]) {
    await writeFile(file, bytes)
    await writeFile(`${file}.minisig`, signHash(signingHash().update(bytes).digest(), first, 'rotation'))
    expect(await addTrustedKey(host, file, false)).toMatchObject({ key: keyName(second) })
  }
})

it('lets a new key take the place of the old ones, and refuses a signature over another file', async () => {
  await addTrustedKey(host, await fileOf(first), false)
  const file = await fileOf(second, first)
  await writeFile(file, formatPublicKey(stranger))
  await expect(addTrustedKey(host, file, true)).rejects.toMatchObject({ code: 'SIGNATURE_INVALID' })
  await addTrustedKey(host, await fileOf(second, first), true)
  expect(await trusted()).toEqual([keyName(second)])
})

import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { readPublicKey, readSecretKey, signHash, signingHash, verifyHash } from '@edgelift/bundle'
import { type CommandContext, paintFor } from '@edgelift/core/cli'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { keygenCommand } from './keygen.ts'

const plain = paintFor({ write: () => {} }, {})
let folder: string
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'edgelift-keygen-'))
})
afterEach(() => rm(folder, { recursive: true }))

const at = (name: string) => path.join(folder, name)
const keygen = () => keygenCommand({ file: at('site.key') }, {} as CommandContext)

it('makes a pair of which the one vouches for what the other signs', async () => {
  await keygen()
  const hash = signingHash().update('an archive').digest()
  const signature = signHash(hash, await readSecretKey(at('site.key')), 'comment')
  const publicKey = await readPublicKey(at('site.key.pub'))
  expect(() => verifyHash(hash, signature, publicKey, 'x')).not.toThrow()
  const other = signingHash().update('another archive').digest()
  expect(() => verifyHash(other, signature, publicKey, 'x')).toThrow()
})

it('keeps the secret key from others, and says neither of its bytes', async () => {
  const { document } = await keygen()
  expect((await stat(at('site.key'))).mode & 0o777).toBe(0o600)
  const [, secret] = (await readFile(at('site.key'), 'utf8')).split('\n')
  expect(JSON.stringify(document)).not.toContain(secret)
})

it('says which file to keep and which to publish, and by what name the key goes', async () => {
  const { document, text } = await keygen()
  const { id } = document as { id: string }
  expect(id).toMatch(/^[0-9A-F]{16}$/)
  const [english, chinese] = [text('en', plain).split('\n'), text('zh', plain).split('\n')]
  for (const [secret, publicKey] of [english, chinese]) {
    expect(secret).toMatch(new RegExp(`^${at('site.key')}[:：].*${id}.*0600`))
    expect(publicKey).toMatch(new RegExp(`^${at('site.key.pub')}[:：]`))
  }
  expect(english[1]).toContain('publish it apart from the archives')
  expect(chinese[1]).toContain('与离线包分开')
})

it('makes another pair each time', async () => {
  const first = (await keygen()).document
  await rm(at('site.key'))
  await rm(at('site.key.pub'))
  expect((await keygen()).document).not.toEqual(first)
})

it.each(['site.key', 'site.key.pub'])(
  'overwrites no %s, and leaves no half of a pair beside it',
  async (name) => {
    await writeFile(at(name), 'theirs')
    await expect(keygen()).rejects.toMatchObject({
      code: 'KEY_EXISTS',
      what: { en: `${at(name)} already exists` },
    })
    expect(await readdir(folder)).toEqual([name])
    expect(await readFile(at(name), 'utf8')).toBe('theirs')
  },
)

import { mkdir, stat, symlink } from 'node:fs/promises'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Trial, trial } from '../testing/trial.ts'
import { edgemeshPsk, keptPsk, PSK_FILE, pskState } from './psk.ts'

const OWN = `/data/archive/${PSK_FILE}`
const KEY = 'sixteen-letters!'
const PUBLISHED = 'JugH9HP1XBouyO5pWGeZa8LtipDURrf17EJvUHcJGuQ='

let on: Trial
let directory: string
const none = async () => undefined
beforeEach(async () => {
  on = await trial()
  directory = path.join(on.root, '/data/archive')
  await mkdir(directory, { recursive: true })
})
afterEach(() => on[Symbol.asyncDispose]())

describe('EdgeMesh’s key', () => {
  it('is made once, of 32 random bytes that root alone reads, and is kept from then on', async () => {
    const made = await edgemeshPsk(directory, undefined, none)
    expect(Buffer.from(made, 'base64')).toHaveLength(32)
    expect((await stat(path.join(on.root, OWN))).mode & 0o777).toBe(0o600)
    expect(await edgemeshPsk(directory, undefined, async () => 'another-that-is-in-use')).toBe(made)
    expect(await edgemeshPsk(path.join(on.root, '/data'), undefined, none)).not.toBe(made)
  })

  it('is the one that the mesh runs with, where the archive was unpacked again', async () => {
    expect(await edgemeshPsk(directory, undefined, async () => KEY)).toBe(KEY)
    expect(await on.text(OWN)).toBe(`${KEY}\n`)
  })

  it.each([
    ['the one that everybody knows', PUBLISHED, /public/],
    ['one that is too short', 'short', /shorter than 16/],
  ])('is never kept from the mesh where the next run would refuse it: %s', async (_what, running, why) => {
    await expect(edgemeshPsk(directory, undefined, async () => running)).rejects.toMatchObject({
      code: 'ANSWER_INVALID',
      what: { en: 'the PSK that EdgeMesh runs with cannot be used' },
      because: { en: expect.stringMatching(why) },
      fix: { en: expect.stringContaining(`openssl rand -base64 32 > '${on.root}${OWN}'`) },
    })
    expect(await on.text(OWN)).toBeUndefined()
  })

  it('is the operator’s where a file is named, whatever lies in the archive or is in use', async () => {
    await on.put(OWN, 'that-of-the-archive')
    await on.put('/etc/site', `  ${KEY}\n`)
    const file = path.join(on.root, '/etc/site')
    expect(await edgemeshPsk(directory, file, async () => 'another-that-is-in-use')).toBe(KEY)
  })

  it('takes away what a killed run was writing beside it', async () => {
    const left = `/data/archive/.edgelift-${PSK_FILE}-0123456789ab`
    await on.put(left, KEY)
    await edgemeshPsk(directory, undefined, none)
    expect(await on.text(left)).toBeUndefined()
  })
})

describe('how it stands with the key is seen before one is made', () => {
  it.each([
    ['none', undefined, { state: 'made' }],
    ['one', KEY, { state: 'kept' }],
    ['an empty one', '\n', { state: 'unusable', why: { en: expect.stringContaining('shorter than 16') } }],
    ['one that is too short', KEY.slice(1), { state: 'unusable' }],
    [
      'the one that everybody knows',
      PUBLISHED,
      { state: 'unusable', why: { en: expect.stringContaining('public') } },
    ],
  ])('%s', async (_what, text, expected) => {
    if (text !== undefined) await on.put(OWN, text)
    expect(await pskState(directory, undefined)).toMatchObject(expected)
    expect(await on.text(OWN)).toBe(text)
  })

  it.each([
    ['several lines', `${KEY}\n${KEY}\n`, 'the file has 2 lines'],
    ['lines of an old Mac', `${KEY}\r${KEY}`, 'the file has 2 lines'],
    ['a tab', `${KEY}\t${KEY}`, 'control characters'],
    ['an escape sequence', `${KEY}\u001b[0m`, 'control characters'],
    ['a NUL', `${KEY}\0`, 'control characters'],
    ['a comment', `${KEY} # of plant 7`, 'without quotes'],
    ['a map', `plant-7: ${KEY}`, 'without quotes'],
    ['a number', '1234567890123456', 'without quotes'],
    ['quotes', `"${KEY}"`, 'without quotes'],
    ['a bracket', `[${KEY}`, 'without quotes'],
    ['an alias', `*${KEY}`, 'without quotes'],
  ])('what EdgeMesh would make another key of is refused: %s', async (_what, text, why) => {
    const file = path.join(on.root, '/etc/site')
    await on.put('/etc/site', text)
    expect(await pskState(directory, file)).toMatchObject({
      state: 'unusable',
      why: { en: expect.stringContaining(why) },
    })
    await expect(edgemeshPsk(directory, file, none)).rejects.toMatchObject({
      fix: { en: expect.stringMatching(/^set pskFile to a file that holds nothing but the key/) },
    })
    expect(await on.text('/etc/site')).toBe(text)
  })

  it.each([
    ['echo', `${KEY}\n`, KEY],
    ['printf', KEY, KEY],
    ['Windows', `${KEY}\r\n`, KEY],
    ['Notepad', `\uFEFF${KEY}\r\n`, KEY],
    ['a hand that leaves empty lines', `\n ${KEY} \n\n`, KEY],
    ['a passphrase', 'correct horse battery staple\n', 'correct horse battery staple'],
    ['openssl rand -hex', `${'0a'.repeat(32)}\n`, '0a'.repeat(32)],
    [
      'openssl rand -base64',
      `${Buffer.alloc(32, 0xfb).toString('base64')}\n`,
      Buffer.alloc(32, 0xfb).toString('base64'),
    ],
  ])('what people write by hand is taken: %s', async (_who, text, key) => {
    await on.put('/etc/site', text)
    expect(await keptPsk(directory, path.join(on.root, '/etc/site'))).toBe(key)
  })

  it('a file that is named and cannot be read is unusable, not one to be made', async () => {
    const file = path.join(on.root, '/etc/site')
    expect(await pskState(directory, file)).toMatchObject({ state: 'unusable', file })
    await mkdir(path.dirname(file))
    await symlink('site', file)
    expect(await pskState(directory, file)).toMatchObject({ state: 'unusable', file })
    await expect(edgemeshPsk(directory, file, none)).rejects.toThrow()
  })
})

it('a key that is refused is not shown', async () => {
  await on.put(OWN, 'not-to-be-seen')
  const error = await keptPsk(directory, undefined).catch((caught: unknown) => caught)
  expect(error).toMatchObject({ code: 'ANSWER_INVALID', what: { en: expect.stringContaining(PSK_FILE) } })
  expect(JSON.stringify(error)).not.toContain('not-to-be-seen')
})

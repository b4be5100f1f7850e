import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { signHash, signingHash } from '../minisign.ts'
import { newKey } from '../minisign-key.ts'
import { checkPartsList } from './check-list.ts'

const [ours, others] = [newKey(), newKey()]
const TEXT = `${'0'.repeat(64)}  a.tar.gz.part001\n`

let folder: string
let list: string
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'edgelift-list-'))
  list = path.join(folder, 'a.tar.gz.parts.sha256')
  await writeFile(list, TEXT)
})
afterEach(() => rm(folder, { recursive: true }))

const sign = (key: Parameters<typeof signHash>[1], text = TEXT) =>
  writeFile(`${list}.minisig`, signHash(signingHash().update(text).digest(), key, 'c'))
const NAME = 'a.tar.gz.parts.sha256'

it('has nothing to hold a list without a signature against', async () => {
  expect(await checkPartsList(list, ours)).toEqual({ names: [NAME], unchecked: [], problems: [] })
})

it('vouches for the signature of the key that was given', async () => {
  await sign(ours)
  expect(await checkPartsList(list, ours)).toEqual({
    names: [NAME, `${NAME}.minisig`],
    unchecked: [],
    problems: [],
  })
})

it('says that a signature was not checked where no key was given', async () => {
  await sign(others)
  expect(await checkPartsList(list, undefined)).toMatchObject({
    names: [NAME],
    unchecked: [`${NAME}.minisig`],
  })
})

it.each([
  ['another key', () => sign(others)],
  ['another list', () => sign(ours, `${TEXT}more\n`)],
  ['nothing that can be read', () => writeFile(`${list}.minisig`, 'not a signature\n')],
])('reports the signature of %s, and does not vouch for it', async (_what, lay) => {
  await lay()
  const { names, problems } = await checkPartsList(list, ours)
  expect(names).toEqual([NAME])
  expect(problems.map(({ code }) => code)).toEqual([expect.stringMatching(/^SIGNATURE_/)])
})

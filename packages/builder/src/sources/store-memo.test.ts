import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { digestOf, hexOf } from '@edgelift/core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openIncoming } from './incoming.ts'
import { readStoreMemo, writeStoreMemo } from './store-memo.ts'
import { recall, remember } from './url-memo.ts'

const ADDRESS = 'https://example.org/file'
const MEMO = { digest: digestOf('content'), size: 7 }

let root: string
beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'edgelift-memos-'))
})
afterEach(() => rm(root, { recursive: true }))

describe.each<[string, (file: string) => Promise<unknown>]>([
  ['an empty directory', (file) => mkdir(file)],
  ['a pipe', async (file) => execFileSync('mkfifo', [file])],
  ['a link to nowhere', (file) => symlink('nowhere', file)],
  ['text that is no JSON', (file) => writeFile(file, '{')],
])('%s', (name, lay) => {
  const layAt = async (place: string): Promise<string> => {
    const file = path.join(root, place)
    await mkdir(path.dirname(file), { recursive: true })
    await lay(file)
    return file
  }

  it('at the place of what was made of other content is replaced', async () => {
    const file = await layAt('packed/x.json')
    expect(await readStoreMemo(file)).toBeUndefined()
    await writeStoreMemo(file, MEMO)
    expect(await readStoreMemo(file)).toEqual(MEMO)
  })

  it('at the place of what a URL was is replaced', async () => {
    await layAt(`urls/${hexOf(digestOf(ADDRESS))}.json`)
    expect(await recall(root, ADDRESS)).toBeUndefined()
    await remember(root, { ...MEMO, digest: `sha256:${hexOf(MEMO.digest)}`, url: ADDRESS })
    expect(await recall(root, ADDRESS)).toMatchObject(MEMO)
  })

  it.each(['', '/about.json', ...(name.startsWith('text') ? [] : ['/content'])])(
    'at the place of a download%s is replaced',
    async (part) => {
      await layAt(`incoming/${hexOf(digestOf(ADDRESS))}${part}`)
      {
        await using incoming = await openIncoming(root, ADDRESS)
        expect(incoming.tag()).toBeUndefined()
        await writeFile(incoming.file, 'content', { flag: 'wx' })
        await incoming.tagged('"1"')
      }
      await using again = await openIncoming(root, ADDRESS)
      expect(again.tag()).toBe('"1"')
    },
  )
})

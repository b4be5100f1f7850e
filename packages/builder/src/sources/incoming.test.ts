import { mkdir, mkdtemp, readdir, readFile, rm, symlink, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Readable } from 'node:stream'
import { digestOf } from '@edgelift/core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { fileSink } from './file-sink.ts'
import { openIncoming } from './incoming.ts'
import { recall, remember } from './url-memo.ts'

const URL = 'https://f.example/a'
let root: string
beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'edgelift-incoming-'))
})
afterEach(() => rm(root, { recursive: true }))

/** A run that is interrupted after some bytes. */
async function interrupted(etag: string | undefined, url = URL): Promise<string> {
  await using incoming = await openIncoming(root, url)
  await writeFile(incoming.file, 'half')
  await incoming.tagged(etag)
  return incoming.file
}

describe('a download that was interrupted', () => {
  it('is resumed where the server gave its bytes a strong tag', async () => {
    const file = await interrupted('"1"')
    await using incoming = await openIncoming(root, URL)
    expect([incoming.file, incoming.tag(), await readFile(file, 'utf8')]).toEqual([file, '"1"', 'half'])
  })

  it.each([
    ['no tag', undefined],
    ['a weak one', 'W/"1"'],
  ])('leaves nothing where it gave %s', async (_what, etag) => {
    await interrupted(etag)
    expect(await readdir(path.join(root, 'incoming'))).toEqual([])
  })

  it('of another URL is none of this one', async () => {
    await interrupted('"1"')
    await using incoming = await openIncoming(root, 'https://f.example/b')
    expect(incoming.tag()).toBeUndefined()
  })

  it.each([
    ['was cut', () => '{"url":'],
    ['is of another URL', (about: string) => about.replace('/a"', '/b"')],
    [
      'is of before the machine started',
      (about: string) => about.replace(/"boot":"[^"]*"/, '"boot":"before"'),
    ],
    ['has no boot', (about: string) => about.replace(/"boot":"[^"]*"/, '"boot":""')],
  ])('is not resumed where what is known of it %s', async (_what, change) => {
    const about = path.join(path.dirname(await interrupted('"1"')), 'about.json')
    await writeFile(about, change(await readFile(about, 'utf8')))
    await using incoming = await openIncoming(root, URL)
    expect(incoming.tag()).toBeUndefined()
  })

  it('begins again once its bytes were found to be wrong', async () => {
    await interrupted('"1"')
    await using incoming = await openIncoming(root, URL)
    await incoming.discard()
    expect(incoming.tag()).toBeUndefined()
    expect(await readdir(path.dirname(incoming.file))).toEqual([])
  })
})

describe('where a download arrives', () => {
  it('is a folder of its own while another process is at the same URL, and it is gone afterwards', async () => {
    await using first = await openIncoming(root, URL)
    {
      await using second = await openIncoming(root, URL)
      expect(second.file).not.toBe(first.file)
      await second.tagged('"2"')
    }
    expect(
      (await readdir(path.join(root, 'incoming'))).filter((name) => name.startsWith('download-')),
    ).toEqual([])
  })

  it('is made in the place of a file or a link to nowhere', async () => {
    const folder = path.dirname(await interrupted('"1"'))
    await rm(folder, { recursive: true })
    await symlink('nowhere', folder)
    await using incoming = await openIncoming(root, URL)
    await writeFile(incoming.file, 'whole')
    expect(await readFile(incoming.file, 'utf8')).toBe('whole')
  })

  it('is swept of what nobody has touched for a day, and of nothing newer', async () => {
    const incoming = path.join(root, 'incoming')
    for (const [name, hours] of [
      ['old', 25],
      ['new', 23],
    ] as const) {
      await mkdir(path.join(incoming, name), { recursive: true })
      await writeFile(path.join(incoming, name, 'content'), '')
      const at = Date.now() / 1000 - hours * 3600
      await utimes(path.join(incoming, name, 'content'), at, at)
    }
    await using _incoming = await openIncoming(root, URL)
    expect(await readdir(incoming)).toEqual(expect.arrayContaining(['new']))
    expect(await readdir(incoming)).not.toContain('old')
  })
})

describe('a file as a sink', () => {
  it('is filled from where it ends, cut and begun again', async () => {
    const sink = fileSink(path.join(root, 'content'))
    expect(await sink.offset()).toBe(0)
    await sink.append(0, Readable.from([Buffer.from('abc')]))
    expect(await sink.offset()).toBe(3)
    await sink.append(2, Readable.from([Buffer.from('XYZ')]))
    expect(await readFile(path.join(root, 'content'), 'utf8')).toBe('abXYZ')
    let read = ''
    for await (const piece of sink.existing?.() ?? []) read += piece
    expect(read).toBe('abXYZ')
    await sink.reset()
    expect(await sink.offset()).toBe(0)
  })

  it('may be reset before there is one', async () => {
    await expect(fileSink(path.join(root, 'gone')).reset()).resolves.toBeUndefined()
  })

  it('keeps what has arrived where the rest does not', async () => {
    const sink = fileSink(path.join(root, 'content'))
    const broken = async function* (): AsyncGenerator<Buffer> {
      yield Buffer.from('abc')
      await new Promise((resolve) => setTimeout(resolve, 50))
      throw new Error('cut off')
    }
    await expect(sink.append(0, Readable.from(broken()))).rejects.toThrow('cut off')
    expect(await sink.offset()).toBe(3)
  })
})

describe('what a URL was', () => {
  const memo = { url: URL, digest: digestOf('x') as `sha256:${string}`, size: 1, etag: '"1"' }

  it('is remembered until another download', async () => {
    expect(await recall(root, URL)).toBeUndefined()
    await remember(root, memo)
    expect(await recall(root, URL)).toEqual(memo)
    await remember(root, { ...memo, size: 2 })
    expect(await recall(root, URL)).toMatchObject({ size: 2 })
  })

  it.each([
    ['cut', '{"url":'],
    ['of another URL', JSON.stringify({ ...memo, url: 'https://f.example/b' })],
    ['without a digest', JSON.stringify({ ...memo, digest: 'x' })],
    ['of a size below zero', JSON.stringify({ ...memo, size: -1 })],
    ['empty', ''],
  ])('is not known from what is %s', async (_what, text) => {
    await remember(root, memo)
    const [name = ''] = await readdir(path.join(root, 'urls'))
    await writeFile(path.join(root, 'urls', name), text)
    expect(await recall(root, URL)).toBeUndefined()
  })
})

import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmod, link, mkdir, mkdtemp, rm, symlink, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { sampleFile, sampleManifest } from './manifest.sample.ts'
import { formatManifest } from './read-manifest.ts'
import { formatSums } from './sums.ts'
import { verifyDirectory } from './verify-directory.ts'

const FILES = new Map([
  ['bin/helm', Buffer.from('helm')],
  ['install.yaml', Buffer.from('# settings\n')],
  ['images/a.tar', Buffer.alloc(100_000, 'image')],
])

let directory: string
const at = (name: string): string => path.join(directory, name)
async function write(name: string, bytes: Uint8Array): Promise<void> {
  await mkdir(path.dirname(at(name)), { recursive: true, mode: 0o755 })
  await writeFile(at(name), bytes, { mode: 0o644 })
}

beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'edgelift-directory-'))
  const manifest = formatManifest({
    ...sampleManifest,
    files: [...FILES].map(([name, bytes]) => sampleFile(name, bytes)),
  })
  const all = new Map([...FILES, ['manifest.json', manifest]])
  const sums = new Map(
    [...all].map(([name, bytes]) => [name, createHash('sha256').update(bytes).digest('hex')]),
  )
  for (const [name, bytes] of all) await write(name, bytes)
  await write('SHA256SUMS', Buffer.from(formatSums(sums)))
})
afterEach(() => rm(directory, { recursive: true, force: true }))

const messages = async (options?: Parameters<typeof verifyDirectory>[1]): Promise<string[]> =>
  (await verifyDirectory(directory, options)).problems.map(({ message }) => message)

describe('verifyDirectory', () => {
  it('reads everything that is listed once, and tells how far it is', async () => {
    const told: [number, number][] = []
    const { problems, files } = await verifyDirectory(directory, {
      onProgress: (done, total) => told.push([done, total]),
    })
    const total = [...FILES.values()].reduce((sum, { length }) => sum + length, 0)
    expect([problems, files, told.at(-1)]).toEqual([[], 5, [total, total]])
  })

  it('hands back what it was asked to keep, as far as it is there', async () => {
    const { contents } = await verifyDirectory(directory, { keep: ['bin/helm', 'manifest.json', 'gone'] })
    expect([...(contents ?? [])].map(([name, bytes]) => [name, bytes.length > 0])).toEqual([
      ['bin/helm', true],
      ['manifest.json', true],
    ])
    expect(Buffer.from(contents?.get('bin/helm') ?? []).toString()).toBe('helm')
  })

  it('does not read a file whose size says enough', async () => {
    const told: number[] = []
    await truncate(at('images/a.tar'), 2 ** 40)
    const { problems } = await verifyDirectory(directory, { onProgress: (_done, total) => told.push(total) })
    expect(problems).toMatchObject([{ because: { en: `expected 100000 bytes, got ${2 ** 40}` } }])
    expect(Math.max(...told)).toBeLessThan(100)
  })

  it('refuses a record that is too large before it reads it, with its size', async () => {
    await truncate(at('manifest.json'), 64 * 1024 * 1024 + 1)
    await expect(verifyDirectory(directory)).rejects.toMatchObject({
      code: 'FILE_DAMAGED',
      what: { en: 'manifest.json is too large', zh: 'manifest.json 过大' },
      because: { en: 'it has 67108865 bytes, more than 67108864', zh: '共 67108865 字节，超过 67108864' },
    })
  })

  it('refuses settings that are too large before it reads them', async () => {
    await truncate(at('install.yaml'), 2 ** 40)
    await expect(verifyDirectory(directory)).rejects.toMatchObject({
      code: 'FILE_DAMAGED',
      what: { en: 'install.yaml is too large' },
    })
  })

  it('accepts folders and files that are allowed besides, and names the rest', async () => {
    await write('logs/report.html', Buffer.from('x'))
    expect(await messages({ allow: ['logs/report.html'] })).toEqual([])
    expect(await messages()).toEqual([
      'FILE_FOREIGN: logs/report.html: not a part of this archive',
      'FILE_FOREIGN: logs/: not a part of this archive',
    ])
  })

  it('lets settings have a mode that an editor gives them, and no other file', async () => {
    await chmod(at('install.yaml'), 0o666)
    expect(await messages()).toEqual([])
    await chmod(at('bin/helm'), 0o666)
    expect(await messages()).toEqual(['FILE_DAMAGED: bin/helm: not as unpacking leaves it'])
  })

  it.each(['bin/helm', 'install.yaml', 'SHA256SUMS'])(
    'refuses a second name of %s, in the directory or elsewhere, with the fix',
    async (name) => {
      const outside = `${directory}.outside`
      await link(at(name), outside)
      try {
        const { problems } = await verifyDirectory(directory)
        expect(problems).toMatchObject([
          {
            code: 'FILE_DAMAGED',
            exit: 4,
            what: { en: `${name}: not as unpacking leaves it` },
            because: { en: 'it has a second name (hard link)', zh: '存在硬链接' },
            fix: { en: expect.stringContaining('unpack the archive again') },
          },
        ])
      } finally {
        await rm(outside)
      }
      expect(await messages()).toEqual([])
    },
  )

  it('refuses two listed files that are one', async () => {
    await write('a', Buffer.from('x'))
    await link(at('a'), at('b'))
    expect(await messages({ allow: ['a', 'b'] })).toEqual([])
    await rm(at('bin/helm'))
    await link(at('a'), at('bin/helm'))
    expect(await messages({ allow: ['a', 'b'] })).toEqual([
      'FILE_DAMAGED: bin/helm: not as unpacking leaves it',
    ])
  })

  it('names a folder as foreign, however deep folders are nested in it', async () => {
    const nest = "for (let i = 0; i < 3000; i++) { fs.mkdirSync('d'); process.chdir('d') }"
    execFileSync(process.execPath, ['-e', nest], { cwd: directory })
    try {
      const { problems } = await verifyDirectory(directory)
      expect(problems[0]).toMatchObject({
        code: 'FILE_FOREIGN',
        exit: 4,
        what: { en: expect.stringMatching(/^d\//) },
      })
    } finally {
      execFileSync('rm', ['-rf', at('d')]) // no path names the innermost ones
    }
  })

  it('names an empty folder and a link that leads nowhere', async () => {
    await mkdir(at('empty'))
    await symlink('nowhere', at('link'))
    expect(await messages()).toEqual([
      'FILE_FOREIGN: link: not a regular file',
      'FILE_FOREIGN: empty/: not a part of this archive',
    ])
  })

  it('tells of a missing SHA256SUMS what it is, and of neither record that this is no archive', async () => {
    await rm(at('SHA256SUMS'))
    await expect(verifyDirectory(directory)).rejects.toMatchObject({ code: 'FILE_MISSING' })
    await rm(at('manifest.json'))
    await expect(verifyDirectory(directory)).rejects.toMatchObject({
      code: 'NOT_A_BUNDLE',
      because: { en: 'there is no manifest.json', zh: '其中没有 manifest.json' },
    })
  })

  it('names the archives of a folder that is given in the place of one', async () => {
    const folder = at('bin')
    for (const name of ['b.tar.gz', 'a.tar.gz', 'a.tar.gz.sha256'])
      await writeFile(path.join(folder, name), '')
    await expect(verifyDirectory(folder)).rejects.toMatchObject({
      code: 'NOT_A_BUNDLE',
      because: {
        en: 'it is a folder with archives in it: a.tar.gz, b.tar.gz',
        zh: '这是存放离线包的目录：a.tar.gz、b.tar.gz',
      },
    })
  })

  it.each([
    ['nothing', () => at('gone'), 'no such file'],
    ['a file', () => at('bin/helm'), 'not a directory'],
  ])('says of %s why it is no directory of edgelift', async (_what, where, words) => {
    await expect(verifyDirectory(where())).rejects.toMatchObject({
      code: 'NOT_A_BUNDLE',
      exit: 2,
      because: { en: expect.stringContaining(words) },
    })
  })
})

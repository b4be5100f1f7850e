import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { silent } from '@edgelift/core'
import { type CommandContext, paintFor } from '@edgelift/core/cli'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { laySite, openSite, type Site } from '../../testing/site.ts'
import { lockCommand } from './lock.ts'

let folder: string
let site: Site
let files: { release: string; config: string }
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'edgelift-lock-command-'))
  site = await openSite()
  files = await laySite(site, folder)
})
afterEach(async () => {
  await site[Symbol.asyncDispose]()
  await rm(folder, { recursive: true })
})

const plain = paintFor({ write: () => {} }, {})
const at = (name: string): string => path.join(folder, name)
const lock = (more: Record<string, unknown> = {}) =>
  lockCommand(folder)({ ...files, store: at('store'), ...more }, {
    ...{ env: { HOME: folder }, report: silent },
    signal: new AbortController().signal,
  } as unknown as CommandContext)

describe('edgelift lock', () => {
  it('writes the lock beside the release, and says what it holds and what to look at', async () => {
    const { document, text } = await lock()
    const written = JSON.parse(await readFile(at('site.lock.json'), 'utf8'))
    expect(document).toMatchObject({
      ...{ release: files.release, lock: at('site.lock.json'), seal: written.seal, written: true },
      ...{ downloads: 3, images: 3 },
      warnings: [
        { code: 'IMAGE_UNASKED', where: 'images.app' },
        { code: 'FIRST_USE', where: 'files.helm' },
        { code: 'FIRST_USE', where: 'imageLists.k3s' },
      ],
    })
    const [english, chinese] = [text('en', plain), text('zh', plain)]
    expect(english).toContain('files.helm')
    expect(english.split('\n').at(-1)).toBe(`${at('site.lock.json')}: written (3 downloads, 3 images)`)
    expect(chinese.split('\n').at(-1)).toBe(`${at('site.lock.json')}：已写入（3 个下载，3 个镜像）`)
  })

  it('takes over what the last lock knows', async () => {
    await lock()
    const first = await readFile(at('site.lock.json'), 'utf8')
    site.asked.length = 0
    await lock()
    expect(site.asked.filter((one) => one.startsWith('200 ') && one.includes('helm'))).toEqual([])
    expect(await readFile(at('site.lock.json'), 'utf8')).toBe(first)
  })

  it('replaces a lock that somebody has edited', async () => {
    await lock()
    const text = await readFile(at('site.lock.json'), 'utf8')
    await writeFile(at('site.lock.json'), text.replace('1.0.0', '1.0.1'))
    await lock()
    expect(await readFile(at('site.lock.json'), 'utf8')).toBe(text)
  })

  it('asks nothing of upstream when it could not write the lock', async () => {
    await mkdir(at('site.lock.json'))
    await expect(lock()).rejects.toMatchObject({ code: 'FILE_NOT_REGULAR' })
    expect(site.asked).toEqual([])
  })
})

describe('edgelift lock --check', () => {
  it('says that the lock is up to date, and writes nothing', async () => {
    await lock()
    const before = await readdir(folder)
    const { document, text } = await lock({ check: true, store: at('other-store') })
    expect(document).toMatchObject({ written: false })
    expect(text('en', plain)).toMatch(/: up to date \(3 downloads, 3 images\)$/)
    expect(text('zh', plain)).toMatch(/：与上游一致（3 个下载，3 个镜像）$/)
    expect(await readdir(folder)).toEqual([...before, 'other-store'].sort())
  })

  it('ends with 1 and the differences when upstream has changed', async () => {
    await lock()
    const before = await readFile(at('site.lock.json'), 'utf8')
    await site.publish('site/app', '1.0', { app: 'second' })
    await expect(lock({ check: true })).rejects.toMatchObject({
      ...{ code: 'LOCK_DIFFERS', exit: 1 },
      findings: [expect.objectContaining({ where: expect.stringContaining('site/app:1.0') })],
    })
    expect(await readFile(at('site.lock.json'), 'utf8')).toBe(before)
  })

  it('needs a lock', async () => {
    await expect(lock({ check: true })).rejects.toMatchObject({ code: 'LOCK_MISSING' })
  })
})

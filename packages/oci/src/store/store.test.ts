import { spawn } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, utimes, writeFile } from 'node:fs/promises'
import { tmpdir, userInfo } from 'node:os'
import path from 'node:path'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { digestOf, hexOf, verified, type WorkEvent } from '@edgelift/core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { BlobSink } from '../transfer/blob-sink.ts'
import { SAMPLES, sampleBytes, sampleDigests } from './store.sample.ts'
import { defaultStoreRoot, openStore, type Store } from './store.ts'

let root: string
let store: Store
beforeEach(async () => {
  root = path.join(await mkdtemp(path.join(tmpdir(), 'edgelift-store-')), 'store')
  store = await openStore(root)
})
afterEach(() => rm(path.dirname(root), { recursive: true }))

const bytes = Buffer.from('the bytes of a blob')
const digest = digestOf(bytes)
const expected = { digest, size: bytes.length }
const partial = () => path.join(root, 'partial', hexOf(digest))

/** A source that honours the offset, as a server with Range does. */
function from(source: Buffer) {
  return async (sink: BlobSink) => {
    const offset = await sink.offset()
    await sink.append(offset, Readable.from([source.subarray(offset)]))
  }
}

describe('ensure', () => {
  it('brings a blob once and finds it afterwards', async () => {
    expect(await store.ensure(expected, 'x', from(bytes))).toEqual({ fetched: bytes.length })
    expect(await store.has(digest)).toBe(true)
    expect(await store.size(digest)).toBe(bytes.length)
    expect(await buffer(store.open(digest))).toEqual(bytes)
    const never = () => Promise.reject(new Error('asked again'))
    expect(await store.ensure(expected, 'x', never)).toEqual({ fetched: 0 })
    expect(await readdir(path.join(root, 'partial'))).toEqual([])
  })

  it('runs one fill for calls at the same time', async () => {
    let fills = 0
    const fill = async (sink: BlobSink) => {
      fills++
      await new Promise((resolve) => setTimeout(resolve, 30))
      await from(bytes)(sink)
    }
    const results = await Promise.all([1, 2, 3].map(() => store.ensure(expected, 'x', fill)))
    expect(fills).toBe(1)
    expect(results.map((r) => r.fetched).sort()).toEqual([0, 0, bytes.length].sort())
  })

  it('keeps what came before a cut and goes on from there', async () => {
    const cut = async (sink: BlobSink) => {
      await sink.append(0, Readable.from(cutAfter(bytes.subarray(0, 5))))
    }
    await expect(store.ensure(expected, 'x', cut)).rejects.toThrow('connection lost')
    expect(await store.has(digest)).toBe(false)
    expect(await readFile(partial())).toEqual(bytes.subarray(0, 5))
    const again = await openStore(root)
    expect(await again.ensure(expected, 'x', from(bytes))).toEqual({ fetched: bytes.length - 5 })
  })

  it('hashes bytes of several appends as one', async () => {
    const inPieces = async (sink: BlobSink) => {
      await sink.append(0, Readable.from([bytes.subarray(0, 3)]))
      await sink.append(3, Readable.from([bytes.subarray(3, 9)]))
      await sink.append(5, Readable.from([bytes.subarray(5)]))
    }
    await store.ensure(expected, 'x', inPieces)
    expect(await buffer(store.open(digest))).toEqual(bytes)
  })

  it('gives an existing partial to the fill, to be hashed', async () => {
    await writeFile(partial(), bytes.subarray(0, 4))
    await store.ensure(expected, 'x', async (sink) => {
      expect(await buffer(sink.existing?.() ?? Readable.from([]))).toEqual(bytes.subarray(0, 4))
      await from(bytes)(sink)
    })
  })

  it('takes a partial that is already whole without a fill', async () => {
    await writeFile(partial(), bytes)
    expect(await store.ensure(expected, 'x', () => Promise.reject(new Error('asked')))).toEqual({
      fetched: 0,
    })
    expect(await store.has(digest)).toBe(true)
  })

  it.each([
    ['shorter', Buffer.from('xxx')],
    ['as long', Buffer.alloc(bytes.length, 'x')],
    ['longer', Buffer.alloc(bytes.length + 1, 'x')],
  ])('drops inherited bytes that are wrong and %s, and fetches again', async (_name, wrong) => {
    await writeFile(partial(), wrong)
    await store.ensure(expected, 'x', from(bytes))
    expect(await buffer(store.open(digest))).toEqual(bytes)
  })

  it('gives a fill that checks for itself a second chance when what it inherited is wrong', async () => {
    await writeFile(partial(), 'wrong')
    const strict = async (sink: BlobSink) => {
      await from(bytes)(sink)
      const all = await buffer(sink.existing?.() ?? Readable.from([]))
      verified(all, expected, 'the source')
    }
    await store.ensure(expected, 'x', strict)
    expect(await buffer(store.open(digest))).toEqual(bytes)
    await rm(store.pathOf(digest))
    const lying = (sink: BlobSink) =>
      from(Buffer.alloc(bytes.length))(sink).then(() => verified(bytes.subarray(1), expected, 'it'))
    await expect(store.ensure(expected, 'x', lying)).rejects.toMatchObject({ code: 'SIZE_MISMATCH' })
  })

  it.each([
    ['other bytes', Buffer.alloc(bytes.length, 'x'), 'DIGEST_MISMATCH'],
    ['too few', bytes.subarray(1), 'SIZE_MISMATCH'],
    ['too many', Buffer.concat([bytes, bytes]), 'SIZE_MISMATCH'],
    ['nothing', Buffer.alloc(0), 'SIZE_MISMATCH'],
  ])('refuses a source that gives %s, and keeps nothing', async (_name, wrong, code) => {
    await expect(store.ensure(expected, 'the layer', from(wrong))).rejects.toMatchObject({
      code,
      message: expect.stringContaining('the layer'),
    })
    expect(await store.ls()).toEqual([])
    await store.ensure(expected, 'x', from(bytes))
  })

  it('brings an empty blob', async () => {
    const empty = digestOf('')
    await store.ensure({ digest: empty, size: 0 }, 'x', async () => {})
    expect(await store.size(empty)).toBe(0)
  })

  it('fetches a blob again whose file has another size', async () => {
    await store.ensure(expected, 'x', from(bytes))
    await writeFile(store.pathOf(digest), 'cut')
    expect(await store.ensure(expected, 'x', from(bytes))).toEqual({ fetched: bytes.length })
    expect(await buffer(store.open(digest))).toEqual(bytes)
  })

  it('waits for another store on the same folder, and says so', async () => {
    const told: WorkEvent[] = []
    const other = await openStore(root, (event) => told.push(event))
    const slow = store.ensure(expected, 'x', async (sink) => {
      await new Promise((resolve) => setTimeout(resolve, 300))
      await from(bytes)(sink)
    })
    await new Promise((resolve) => setTimeout(resolve, 50))
    const never = () => Promise.reject(new Error('asked again'))
    expect(await other.ensure(expected, 'the layer', never)).toEqual({ fetched: 0 })
    await slow
    expect(told).toMatchObject([{ type: 'note', text: { en: expect.stringContaining('the layer') } }])
  })
})

describe('a store of many processes', () => {
  it('fetches each blob once, though processes are killed at any moment', async () => {
    const log = path.join(root, 'log')
    await writeFile(log, '')
    const runs = Array.from({ length: 8 }, () => startChild(log))
    for (const [index, run] of runs.slice(0, 4).entries()) {
      await until(async () => (await linesOf(log, 'begin')).length > index)
      await new Promise((resolve) => setTimeout(resolve, 20))
      run.process.kill('SIGKILL')
    }
    const codes = await Promise.all(runs.slice(4).map((run) => run.ended))
    expect(codes).toEqual([0, 0, 0, 0])
    for (const [index, digest] of sampleDigests().entries()) {
      expect(digestOf(await readFile(store.pathOf(digest)))).toBe(digest)
      expect((await linesOf(log, `done ${index} `)).length).toBeLessThanOrEqual(1)
    }
    expect((await store.ls()).map((entry) => entry.state)).toEqual(Array(SAMPLES).fill('whole'))
  }, 60_000)

  it('goes on where a killed process was, and fetches only the rest', async () => {
    const log = path.join(root, 'log')
    await writeFile(log, '')
    const killed = startChild(log)
    const first = path.join(root, 'partial', hexOf(sampleDigests()[0] ?? digest))
    await until(async () => ((await readFile(first).catch(() => undefined))?.length ?? 0) > 0)
    killed.process.kill('SIGKILL')
    await killed.ended
    await writeFile(log, '')
    // On a slow machine the signal may come when all bytes are there already, the blob too: then none is fetched again.
    const there = await readFile(first).catch(() => sampleBytes(0))
    expect(await startChild(log).ended).toBe(0)
    const left = sampleBytes(0).length - there.length
    expect(await linesOf(log, 'done 0 ')).toEqual(left === 0 ? [] : [`done 0 ${left}`])
  }, 60_000)
})

describe('put', () => {
  it('finds the digest of bytes, files and streams', async () => {
    const file = path.join(root, 'a-file')
    await writeFile(file, bytes)
    expect(await store.putBytes(bytes)).toBe(digest)
    expect(await store.putFile(file)).toEqual(expected)
    expect(await store.putStream(Readable.from([bytes.subarray(0, 4), bytes.subarray(4)]))).toEqual(expected)
    expect(await store.putStream(Readable.from([]))).toEqual({ digest: digestOf(''), size: 0 })
    expect(await store.readBytes(digest, 'x')).toEqual(bytes)
  })

  it('keeps nothing of a stream that fails', async () => {
    await expect(store.putStream(Readable.from(cutAfter(bytes)))).rejects.toThrow('connection lost')
    expect(await store.ls()).toEqual([])
    expect(await readdir(path.join(root, 'partial'))).toEqual([])
  })
})

describe('reading', () => {
  it('says which blob is missing', async () => {
    const missing = { code: 'STORE_BLOB_MISSING', message: expect.stringContaining(digest) }
    await expect(buffer(store.open(digest))).rejects.toMatchObject(missing)
    await expect(store.readBytes(digest, 'x')).rejects.toMatchObject(missing)
    expect(await store.size(digest)).toBeUndefined()
  })

  it('refuses to give damaged or too many bytes into memory', async () => {
    await store.putBytes(bytes)
    await expect(store.readBytes(digest, 'the config', 5)).rejects.toMatchObject({
      code: 'CONTENT_TOO_LARGE',
    })
    await writeFile(store.pathOf(digest), Buffer.alloc(bytes.length))
    await expect(store.readBytes(digest, 'the config')).rejects.toMatchObject({ code: 'STORE_BLOB_DAMAGED' })
  })
})

describe('upkeep', () => {
  it('verify removes and names what is damaged, and nothing else', async () => {
    await store.putBytes(bytes)
    const bad = await store.putBytes(Buffer.from('another'))
    await writeFile(store.pathOf(bad), 'anothex')
    const told: WorkEvent[] = []
    expect(await store.verify((event) => told.push(event))).toEqual([
      { digest: bad, path: store.pathOf(bad), size: 7, found: digestOf('anothex') },
    ])
    expect(await store.has(bad)).toBe(false)
    expect(await store.has(digest)).toBe(true)
    expect(told.at(-1)).toMatchObject({ type: 'total', items: 2, of: 2 })
    expect(await store.verify()).toEqual([])
  })

  it('a blob that the disk cannot read is damaged: named when it is read, removed when it is checked', async () => {
    const unreadable = async () => {
      await rm(store.pathOf(digest), { force: true })
      await symlink('/proc/self/mem', store.pathOf(digest)) // a regular file whose first page gives EIO
    }
    const refused = {
      code: 'STORE_BLOB_DAMAGED',
      because: { en: expect.stringContaining(store.pathOf(digest)) },
    }
    await unreadable()
    await expect(buffer(store.open(digest))).rejects.toMatchObject(refused)
    await expect(buffer(store.read({ digest, size: 3 }, 'x'))).rejects.toMatchObject(refused)
    expect(await store.check(digest)).toBeUndefined()
    expect(await store.has(digest)).toBe(false)
    await unreadable()
    expect(await store.verify()).toMatchObject([{ digest, found: 'an input/output error' }])
    expect(await store.has(digest)).toBe(false)
    await unreadable()
    expect(await store.ensure({ digest }, 'x', from(bytes))).toEqual({ fetched: bytes.length })
  })

  it('prune keeps what is named and what was used lately', async () => {
    const [kept, young, old] = await Promise.all(
      ['kept', 'young', 'old'].map((text) => store.putBytes(Buffer.from(text))),
    )
    if (!kept || !young || !old) throw new Error('not put')
    const longAgo = new Date(Date.now() - 10 * 24 * 3600 * 1000)
    for (const one of [kept, young, old]) await utimes(store.pathOf(one), longAgo, longAgo)
    await store.ensure({ digest: young }, 'x', async () => {})
    await writeFile(partial(), 'abandoned')
    await utimes(partial(), longAgo, longAgo)
    const options = { keep: new Set([kept]), olderThan: new Date(Date.now() - 1000 * 3600) }
    const wouldGo = await store.prune({ ...options, dryRun: true })
    expect(wouldGo).toMatchObject({ bytes: 12, removed: [{ digest: old }, { digest, state: 'partial' }] })
    expect(await store.has(old)).toBe(true)
    expect(await store.prune(options)).toEqual(wouldGo)
    expect((await store.ls()).map((entry) => entry.digest).sort()).toEqual([kept, young].sort())
  })

  it('prune spares what a running build has asked for, removes the rest, and all of it when the build has ended', async () => {
    const [needed, other] = await Promise.all(
      ['needed', 'other'].map((text) => store.putBytes(Buffer.from(text))),
    )
    if (!needed || !other) throw new Error('not put')
    const longAgo = new Date(Date.now() - 10 * 24 * 3600 * 1000)
    for (const one of [needed, other]) await utimes(store.pathOf(one), longAgo, longAgo)
    const pruning = await openStore(root)
    {
      await using _used = await store.use()
      expect(await store.has(needed)).toBe(true)
      expect(await pruning.prune()).toMatchObject({ removed: [{ digest: other }] })
    }
    expect(await pruning.prune()).toMatchObject({ removed: [{ digest: needed }] })
  })

  it('prune knows every folder: abandoned downloads go, and what is remembered of blobs that are gone', async () => {
    const [here, gone] = [await store.putBytes(Buffer.from('here')), digestOf('gone')]
    const files = {
      'incoming/download-x/content': 'abandoned',
      [`incoming/${'a'.repeat(64)}/content`]: 'resumable',
      'urls/here.json': JSON.stringify({ digest: here }),
      'urls/gone.json': JSON.stringify({ digest: gone }),
      'packed/gone.json': JSON.stringify({ digest: gone }),
      'builds/old.json': '{}',
      [`incoming/${'a'.repeat(64)}.lock.${'0'.repeat(16)}`]: 'of a killed taker',
      [`users/1-${'0'.repeat(16)}.${'0'.repeat(16)}`]: 'of a killed taker',
    }
    const longAgo = new Date(Date.now() - 10 * 24 * 3600 * 1000)
    for (const [name, text] of Object.entries(files)) {
      await mkdir(path.dirname(path.join(root, name)), { recursive: true })
      await writeFile(path.join(root, name), text)
      await utimes(path.join(root, name), longAgo, longAgo)
    }
    await store.prune({ keep: new Set([here]) })
    const left = (await readdir(root, { recursive: true, withFileTypes: true })).filter((one) => one.isFile())
    expect(left.map((one) => one.name).sort()).toEqual([here.slice('sha256:'.length), 'here.json'].sort())
  })

  it('prune leaves what is being transferred', async () => {
    let open = (): void => {}
    const gate = new Promise<void>((resolve) => {
      open = resolve
    })
    const running = store.ensure(expected, 'x', async (sink) => {
      await sink.append(0, Readable.from([bytes.subarray(0, 4)]))
      await gate
      await from(bytes)(sink)
    })
    await until(async () => (await store.ls()).length === 1)
    expect(await (await openStore(root)).prune()).toEqual({ removed: [], bytes: 0 })
    open()
    await running
    expect(await store.has(digest)).toBe(true)
  })
})

describe('openStore', () => {
  it.each(['blobs', 'partial'])('says what stands in the place of its folder %s', async (folder) => {
    await rm(path.join(root, folder), { recursive: true })
    await writeFile(path.join(root, folder), '')
    const because = { en: expect.stringContaining(path.join(root, folder)) }
    await expect(openStore(root)).rejects.toMatchObject({ code: 'STORE_UNUSABLE', because })
  })

  it('says that a folder cannot be used', async () => {
    const file = path.join(root, 'file')
    await writeFile(file, '')
    await expect(openStore(path.join(file, 'store'))).rejects.toMatchObject({
      code: 'STORE_UNUSABLE',
      because: { en: `${file}: it is a file, not a directory` },
    })
  })

  it('tells the free space', async () => {
    expect(await store.freeBytes()).toBeGreaterThan(0)
  })
})

describe('defaultStoreRoot', () => {
  it.each([
    [{ EDGELIFT_STORE: '/s', XDG_CACHE_HOME: '/x', HOME: '/h' }, '/s'],
    [{ XDG_CACHE_HOME: '/x', HOME: '/h' }, '/x/edgelift'],
    [{ XDG_CACHE_HOME: 'relative', HOME: '/h' }, '/h/.cache/edgelift'],
    [{ EDGELIFT_STORE: '', HOME: '/h' }, '/h/.cache/edgelift'],
    [{ HOME: '' }, path.join(userInfo().homedir, '.cache/edgelift')],
    [{}, path.join(userInfo().homedir, '.cache/edgelift')],
  ])('%j is %s', (env, expectedRoot) => {
    expect(defaultStoreRoot(env)).toBe(expectedRoot)
  })
})

async function* cutAfter(part: Buffer): AsyncGenerator<Buffer> {
  yield part
  throw new Error('connection lost')
}

function startChild(log: string) {
  const here = import.meta.dirname
  const child = spawn(
    process.execPath,
    [path.resolve(here, '../../../../scripts/run.mjs'), path.join(here, 'store.child.ts'), root, log],
    { stdio: ['ignore', 'inherit', 'inherit'] },
  )
  return { process: child, ended: new Promise<number | null>((resolve) => child.on('exit', resolve)) }
}

async function linesOf(log: string, start: string): Promise<string[]> {
  return (await readFile(log, 'utf8')).split('\n').filter((line) => line.startsWith(start))
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 20_000
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error('it never came to be')
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { digestOf } from '@edgelift/core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { writeLock } from '../lock/lock-file.ts'
import { sealOf } from '../lock/seal.ts'
import { sampleLock } from '../testing/sample.ts'
import { compare } from './compare.ts'
import { readSubject } from './subject.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'edgelift-subject-'))
})
afterEach(() => rm(folder, { recursive: true }))
const at = (name: string) => path.join(folder, name)

describe('a lock', () => {
  const subject = async () => {
    await writeLock(at('site.lock.json'), { ...sampleLock, seal: sealOf(sampleLock) })
    return readSubject(at('site.lock.json'))
  }

  it('is told apart by what it holds, and named after its file', async () => {
    expect(await subject()).toMatchObject({ kind: 'lock', name: 'site.lock.json' })
  })

  it('has an image for each platform, by the digest that the platform’s manifest has', async () => {
    const { images } = await subject()
    expect(images.get('docker.io/kubeedge/edgemesh-agent:v1.17.0 (linux/amd64)')).toEqual({
      digest: digestOf('agent manifest'),
      size: 900 + 30_000 + 10_000,
    })
  })

  it('has what is taken out of downloads, in which the mode counts, too', async () => {
    const { files } = await subject()
    expect(files.get('bin/ctr (linux/amd64)')).toEqual({ digest: `${digestOf('ctr')} 0755`, size: 9_000 })
    expect(files.has('helm-charts/edgemesh.tgz (linux/amd64, linux/arm64)')).toBe(true)
  })
})

describe('two locks', () => {
  const read = async (name: string, changed: object) => {
    const lock = { ...structuredClone(sampleLock), ...changed }
    await writeLock(at(name), { ...lock, seal: sealOf(lock) })
    return readSubject(at(name))
  }

  it('are never the same where the release behind them, or who needs what, has changed', async () => {
    const lock = await read('a.lock.json', {})
    expect(compare(lock, await read('b.lock.json', {})).isEmpty).toBe(true)
    const [image, ...images] = sampleLock.images
    for (const changed of [
      { release: { ...sampleLock.release, digest: digestOf('other values of a chart') } },
      { images: [{ ...image, license: 'MIT' }, ...images] },
    ]) {
      const difference = compare(lock, await read('b.lock.json', changed))
      expect(difference).toMatchObject({ isEmpty: false, settings: [{ name: 'lock' }], images: [] })
    }
  })

  it('differ by the files that are taken out of an image, too', async () => {
    const [image, ...images] = sampleLock.images
    const part = { name: 'x', path: 'bin/x', roles: ['edge'], mode: '0755', digest: digestOf('x'), size: 1 }
    const changed = { images: [{ ...image, files: [part] }, ...images] }
    const difference = compare(await read('a.lock.json', {}), await read('b.lock.json', changed))
    expect(difference.files).toContainEqual(
      expect.objectContaining({ name: expect.stringMatching(/^bin\/x \(linux\/a/), toSize: 1 }),
    )
  })
})

describe('what cannot be compared', () => {
  it('is a lock of a future format, which is told as a lock', async () => {
    await writeFile(at('x.lock.json'), JSON.stringify({ ...sampleLock, format: 'edgelift/lock/v2' }))
    await expect(readSubject(at('x.lock.json'))).rejects.toMatchObject({ code: 'LOCK_INVALID' })
  })

  it('is a file that is not there', async () => {
    await expect(readSubject(at('gone.json'))).rejects.toMatchObject({ code: 'DIFF_SUBJECT' })
  })

  it('is a release: its lock is', async () => {
    await writeFile(at('line.yaml'), 'extends: kubeedge-1.22.0\n')
    await expect(readSubject(at('line.yaml'))).rejects.toMatchObject({
      code: 'DIFF_SUBJECT',
      because: { en: `releases are compared by their locks: ${at('line.lock.json')}` },
    })
  })

  it('is JSON that is neither a lock nor a manifest', async () => {
    await writeFile(at('package.json'), '{"name":"x"}')
    await expect(readSubject(at('package.json'))).rejects.toMatchObject({ code: 'MANIFEST_INVALID' })
  })

  it('is a folder that is no unpacked archive', async () => {
    await mkdir(at('folder'))
    await expect(readSubject(at('folder'))).rejects.toMatchObject({ code: 'NOT_A_BUNDLE' })
  })

  it('is a lock that was edited by hand', async () => {
    await writeFile(at('x.lock.json'), JSON.stringify({ ...sampleLock, seal: digestOf('another') }))
    await expect(readSubject(at('x.lock.json'))).rejects.toMatchObject({
      code: expect.stringMatching(/^LOCK_/),
    })
  })
})

import { digestOf } from '@edgelift/core'
import { describe, expect, it } from 'vitest'
import { sampleLock } from '../testing/sample.ts'
import { changesSince, differencesOf } from './changes.ts'
import type { Lock, LockedDownload, LockedImage } from './schema.ts'
import { sealOf } from './seal.ts'

const [k3s, tools, chart] = sampleLock.downloads as [LockedDownload, LockedDownload, LockedDownload]
const [agent, ...images] = sampleLock.images as [LockedImage, ...LockedImage[]]
const sealed = (changed: Partial<Lock>): Lock => {
  const lock = { ...sampleLock, ...changed }
  return { ...lock, seal: sealOf(lock) }
}
const same = sealed({})
const moved = { ...agent, manifest: { ...agent.manifest, digest: digestOf('another agent') } }
const forge: LockedDownload = { ...tools, digest: undefined, size: undefined }
const said = (found: ReturnType<typeof differencesOf>) =>
  found.map(({ where, text }) => `${where}: ${text.en}`)

describe('the differences of two locks', () => {
  it('are none of a lock and itself', () => {
    expect(differencesOf(same, same)).toEqual([])
  })

  it.each<[string, Partial<Lock>, RegExp]>([
    [
      'a release that was edited',
      { release: { ...same.release, digest: digestOf('x') } },
      /^release: .*has changed/,
    ],
    [
      'a download that is new',
      { downloads: [...same.downloads, { ...k3s, name: 'files.new' }] },
      /^files\.new: .*not locked/,
    ],
    ['a download that is gone', { downloads: [k3s, tools] }, /^charts\.edgemesh: .*no longer wanted/],
    [
      'other content under the same name',
      { downloads: [{ ...k3s, digest: digestOf('x') }, tools, chart] },
      /^files\.k3s: is locked as sha256:/,
    ],
    [
      'a tag that points elsewhere',
      { images: [moved, ...images] },
      /^docker\.io\/kubeedge\/edgemesh-agent:v1\.17\.0 \(linux\/amd64\): is locked as/,
    ],
    ['an image that is gone', { images }, /edgemesh-agent.*no longer wanted/],
    ['who needs what', { images: [{ ...agent, neededBy: [] }, ...images] }, /^lock: who needs what/],
  ])('tell %s', (_what, changed, expected) => {
    expect(said(differencesOf(same, sealed(changed)))).toEqual([expect.stringMatching(expected)])
  })
})

describe('what a new lock warns of', () => {
  const codes = (previous: Lock | undefined, lock: Lock) =>
    changesSince(previous, lock).map(({ code, where }) => `${code} ${where}`)

  it('is each download without a checksum, when it is locked for the first time', () => {
    expect(codes(undefined, same)).toEqual(['FIRST_USE files.tools'])
    expect(codes(same, same)).toEqual([])
  })

  it('is a tag that upstream has moved', () => {
    expect(codes(same, sealed({ images: [moved, ...images] }))).toEqual([
      'CHANGED docker.io/kubeedge/edgemesh-agent:v1.17.0 (linux/amd64)',
    ])
  })

  it('of a tarball that a forge generates again each time, is what is taken out of it alone', () => {
    const before = sealed({ downloads: [forge] })
    expect(codes(before, sealed({ downloads: [forge] }))).toEqual([])
    const parts = forge.parts.map((part) => ({ ...part, digest: digestOf('another ctr') }))
    expect(codes(before, sealed({ downloads: [{ ...forge, parts }] }))).toEqual([
      'CHANGED files.tools',
      'FIRST_USE files.tools',
    ])
  })
})

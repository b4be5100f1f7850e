import type { BundleManifest } from '@edgelift/bundle'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ChangeOf } from '../state/change.ts'
import { receiptFor } from '../state/host-changes.ts'
import { BASELINE, HEAD, type Trial, trial } from '../testing/trial.ts'
import { undoImages } from './undo-image.ts'

type Image = ChangeOf<'image'>
const [ONE, TWO] = ['/run/one.sock', '/run/two.sock'] as const
const images = (socket: string, words: string) => `/usr/bin/ctr -a ${socket} -n k8s.io images ${words}`
const image = (reference: string, more: Partial<Image> = {}): Image => ({
  ...{ kind: 'image', reference, was: 'absent', socket: ONE },
  ...more,
})

let on: Trial
beforeEach(async () => {
  on = await trial()
  await on.put('/usr/bin/ctr')
  for (const socket of [ONE, TWO]) {
    await on.put(socket)
    on.script(`/usr/bin/ctr -a ${socket}`, '')
    on.script(images(socket, 'ls'), ['REF', 'a:1 t sha256:a -', 'b:1 t sha256:b -'].join('\n'))
  }
})
afterEach(() => on[Symbol.asyncDispose]())

const undo = (...changes: Image[]) => undoFrom('edge', ...changes)
const undoFrom = (role: 'cloud' | 'edge', ...changes: Image[]) =>
  undoImages(
    {
      ...{ host: on.host, directory: '/data/archive', kept: [], told: () => {} },
      manifest: { role, settings: { sandboxImage: '' } } as unknown as BundleManifest,
      receipt: receiptFor(HEAD, undefined, BASELINE),
      signal: new AbortController().signal,
    },
    changes,
  )
const changed = () => on.calls.filter((line) => / images (rm|label|tag) /.test(line))

describe('images are taken back', () => {
  it('in the containerd into which they were brought, and in no other', async () => {
    await undo(image('a:1'), image('b:1', { socket: TWO }))
    expect(changed()).toEqual([images(ONE, 'rm a:1'), images(TWO, 'rm b:1')])
  })

  it('each as it was: gone, unpinned, or with its former content', async () => {
    const kept = 'edgelift.local/before/b:1 t sha256:x io.cri-containerd.pinned=pinned'
    on.script(images(ONE, 'ls'), ['REF', 'a:1 t sha256:a -', 'b:1 t sha256:b -', kept].join('\n'))
    await undo(image('a:1'), image('c:1', { was: 'unpinned' }), image('b:1', { was: 'other', pinned: true }))
    expect(changed()).toEqual([
      images(ONE, 'rm a:1'),
      images(ONE, 'label c:1 io.cri-containerd.pinned='),
      images(ONE, 'rm b:1'),
      images(ONE, 'tag --force edgelift.local/before/b:1 b:1'),
      images(ONE, 'label b:1 io.cri-containerd.pinned=pinned'),
      images(ONE, 'rm edgelift.local/before/b:1'),
    ])
  })

  it('in one containerd though another does not respond, which is told in the end', async () => {
    on.script(images(ONE, 'ls'), { code: 1, stderr: 'connection refused' })
    await expect(undo(image('a:1'), image('b:1', { socket: TWO }))).rejects.toMatchObject({
      because: { en: 'connection refused' },
    })
    expect(changed()).toEqual([images(TWO, 'rm b:1')])
  })

  it.each([
    ['edge', { code: 1, stderr: 'connection refused' }, 'LoadState=not-found'],
    ['cloud', 'missing', 'LoadState=loaded'],
  ] as const)(
    'by nobody where the containerd of an %s went with all that it held',
    async (role, gone, state) => {
      on.script(`/usr/bin/ctr -a ${ONE}`, gone)
      on.script('systemctl show -p LoadState containerd.service', state)
      await undoFrom(role, image('a:1'))
      expect(changed()).toEqual([])
    },
  )

  it.each([
    ['edge', 'missing', 'LoadState=loaded'],
    ['cloud', { code: 1, stderr: 'connection refused' }, 'LoadState=not-found'],
  ] as const)('not by forgetting them where an %s may still have them', async (role, silent, state) => {
    on.script(`/usr/bin/ctr -a ${ONE}`, silent)
    on.script(images(ONE, 'ls'), silent)
    on.script('systemctl show -p LoadState containerd.service', state)
    await expect(undoFrom(role, image('a:1'))).rejects.toThrow()
  })
})

import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Trial, trial } from '../testing/trial.ts'
import type { Ctr } from './ctr.ts'
import { imageDrift } from './image-drift.ts'
import { findFaults, missingImages, mustFindFaults, mustListImages } from './image-list.ts'

const ctr: Ctr = ['ctr', '-n', 'k8s.io']
const A = 'docker.io/kubeedge/edgemesh-agent:v1.17.0'
const B = 'docker.io/rancher/mirrored-pause:3.6'
const OURS = `sha256:${'a'.repeat(64)}`
const INDEX = `sha256:${'b'.repeat(64)}`
const PINNED = 'io.cri-containerd.image=managed,io.cri-containerd.pinned=pinned'

/** As ctr 2.1.5 prints it. */
const list = (...rows: readonly (readonly [name: string, digest: string, labels: string])[]) =>
  [
    'REF TYPE DIGEST SIZE PLATFORMS LABELS',
    ...rows.map(
      ([name, digest, labels]) =>
        `${name} application/vnd.oci.image.manifest.v1+json ${digest} 21.5 MiB linux/amd64 ${labels}`,
    ),
    '',
  ].join('\n')
const whole = (...names: readonly string[]) =>
  [
    'REF TYPE DIGEST STATUS SIZE UNPACKED',
    ...names.map((name) => `${name} application/x ${OURS} complete (3/3) 21.5 MiB/21.5 MiB true`),
    '',
  ].join('\n')

let on: Trial
beforeEach(async () => {
  on = await trial()
  on.script('ctr -n k8s.io images ls', list([A, OURS, PINNED], [B, INDEX, PINNED]))
  on.script('ctr -n k8s.io images check', whole(A, B))
})
afterEach(() => on[Symbol.asyncDispose]())

const faults = async (digest = OURS) =>
  Object.fromEntries(await mustFindFaults(on.host, ctr, [{ reference: A, digest }]))

it('names, digests and pins are read from what ctr lists', async () => {
  on.script('ctr -n k8s.io images ls', list([A, OURS, PINNED], [B, INDEX, '-']))
  expect(await mustListImages(on.host, ctr)).toEqual(
    new Map([
      [A, { digest: OURS, pinned: true }],
      [B, { digest: INDEX, pinned: false }],
    ]),
  )
})

describe('an image', () => {
  it('can be relied on when it is complete, pinned and of the wanted content', async () => {
    expect(await faults()).toEqual({})
  })

  it('is absent when nothing has its name, not even as the beginning of another one', async () => {
    on.script('ctr -n k8s.io images ls', list([`${A}-next`, OURS, PINNED]))
    expect(await faults()).toEqual({ [A]: 'absent' })
  })

  it('is another one when the name stands for other content', async () => {
    on.script(`ctr -n k8s.io content get ${OURS}`, JSON.stringify({ layers: [] }))
    expect(await faults(`sha256:${'c'.repeat(64)}`)).toEqual({ [A]: 'other' })
  })

  it.each([
    ['is not pinned', 'images ls', list([A, OURS, 'io.cri-containerd.image=managed'])],
    ['lacks content', 'images check', whole(B)],
    ['lacks content that ctr counts', 'images check', whole(A).replace('complete (3/3)', 'incomplete (2/3)')],
  ])('is incomplete when it %s', async (_what, question, answer) => {
    on.script(`ctr -n k8s.io ${question}`, answer)
    expect(await faults()).toEqual({ [A]: 'incomplete' })
  })

  it('is not asked for its content where only its name is known', async () => {
    expect(await missingImages(on.host, ctr, [{ reference: B }])).toEqual([])
    expect(on.calls.filter((line) => line.includes('content get'))).toEqual([])
  })
})

describe('a name that stands for an index', () => {
  const wanted = [{ reference: B, digest: OURS }]
  const content = `ctr -n k8s.io content get ${INDEX}`

  it('is the image when the index has its manifest', async () => {
    on.script(content, JSON.stringify({ manifests: [{ digest: INDEX }, { digest: OURS }] }))
    expect(await missingImages(on.host, ctr, wanted)).toEqual([])
  })

  it.each([
    ['has other manifests', JSON.stringify({ manifests: [{ digest: INDEX }] })],
    ['is no JSON', '{'],
    ['is no index', JSON.stringify({ layers: [] })],
    ['is not there', { code: 1, stderr: `ctr: content ${INDEX}: not found\n` }],
  ])('is another one when the index %s', async (_what, answer) => {
    on.script(content, answer)
    expect(Object.fromEntries(await mustFindFaults(on.host, ctr, wanted))).toEqual({ [B]: 'other' })
  })

  it.each([
    ['containerd refuses', { code: 1, stderr: 'ctr: connection refused' }],
    ['the time is up', { code: 124 }],
  ])('is not another one while the index is not given: %s', async (_why, answer) => {
    on.script(content, answer)
    await expect(mustFindFaults(on.host, ctr, wanted)).rejects.toMatchObject({ code: 'COMMAND_FAILED' })
    expect(await findFaults(on.host, ctr, wanted)).toBeUndefined()
  })
})

describe('a containerd that is silent', () => {
  const wanted = [{ reference: A, digest: OURS }, { reference: B }]

  it.each([
    ['images ls', { code: 1, stderr: 'deadline exceeded' }],
    ['images check', { code: 1, stderr: 'deadline exceeded' }],
    ['images check', { code: 124 }],
  ])('has no fault, and nothing that can be relied on: %s', async (question, answer) => {
    on.script(`ctr -n k8s.io ${question}`, answer)
    await expect(mustFindFaults(on.host, ctr, wanted)).rejects.toMatchObject({ code: 'COMMAND_FAILED' })
    expect(await findFaults(on.host, ctr, wanted)).toBeUndefined()
    expect(await missingImages(on.host, ctr, wanted)).toEqual([A, B])
    expect(await imageDrift(on.host, ctr, wanted)).toEqual([
      {
        kind: 'image',
        place: 'images',
        state: 'unknown',
        fields: [expect.stringContaining(`ctr -n k8s.io ${question}`)],
        why: { en: expect.anything(), zh: expect.stringMatching(/\p{Script=Han}/u) },
      },
    ])
  })

  it('is none that only cannot check one image of many', async () => {
    on.script('ctr -n k8s.io images check', { code: 1, stdout: whole(A), stderr: 'unable to check' })
    expect(await findFaults(on.host, ctr, wanted)).toEqual(new Map([[B, 'incomplete']]))
  })
})

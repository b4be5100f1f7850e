import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { portsOf } from '../kubeedge/lost-pods.ts'
import { edgeView } from '../kubeedge/own-pods.ts'
import { apply, type Trial, trial } from '../testing/trial.ts'
import type { Ctr } from './ctr.ts'
import { removeImages } from './image-changes.ts'
import { images } from './images-step.ts'
import { forgetFormer, keepBefore, keptBefore, putBackBefore, putBackFormer } from './kept-images.ts'

const SILENT = 'ctr: failed to dial "/run/containerd/containerd.sock": connection refused'
const ctr: Ctr = ['ctr', '-n', 'k8s.io']
const reference = 'docker.io/kubeedge/a:v1'
const former = { bundle: 'x', lock: 'sha256:0123456789ab', copy: '/copy', images: [] } as never

let on: Trial
beforeEach(async () => {
  on = await trial()
  on.script('ctr', { code: 1, stderr: SILENT })
})
afterEach(() => on[Symbol.asyncDispose]())

describe('a containerd that does not respond is not taken for one without images', () => {
  it.each<[string, () => Promise<unknown>]>([
    ['when they are removed', () => removeImages(on.host, ctr, [reference])],
    ['when one is kept', () => keepBefore(on.host, ctr, reference)],
    ['when those that are kept are listed', () => keptBefore(on.host, ctr)],
    ['when one gets its name back', () => putBackBefore(on.host, ctr, { reference, pinned: false })],
    ['when those of a release do', () => putBackFormer(on.host, ctr, { former, theirs: new Set() })],
    ['when what is kept goes', () => forgetFormer(on.host, ctr, undefined)],
    ['when pods wait for new ones', async () => (await view())?.held()],
  ])('%s', async (_when, look) => {
    await expect(look()).rejects.toMatchObject({ code: 'COMMAND_FAILED', because: { en: SILENT } })
  })

  const view = () => edgeView({ host: on.host, ctr, nodeName: 'edge-1', hubPort: 10000, archive: [] })

  it('when they are imported: none is recorded as brought, which a cleanup would remove', async () => {
    const run = await on.run()
    const step = images({ ctr, socket: '/s', shared: true, images: [{ reference, file: 'images/a.tar' }] })
    await expect(apply(run, step)).rejects.toMatchObject({ because: { en: SILENT } })
    expect(run.all.receipt().steps.flatMap(({ changes }) => changes)).toEqual([])
  })
})

it('a pod is not deleted as lost while containerd does not say whether it is here', async () => {
  const pod = { namespace: 'kubeedge', name: 'agent', uid: 'u' }
  const { isHere } = portsOf(on.host, ctr, 'edge-1')
  expect(await isHere(pod)).toBe(true)
  on.script('ctr -n k8s.io containers ls', '')
  expect(await isHere(pod)).toBe(false)
})

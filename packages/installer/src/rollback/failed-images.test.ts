import type { BundleManifest } from '@edgelift/bundle'
import type { WorkEvent } from '@edgelift/core'
import { expect, it } from 'vitest'
import { openHostChanges, receiptFor } from '../state/host-changes.ts'
import { BASELINE, HEAD, trial } from '../testing/trial.ts'
import { removeFailedImages } from './failed-images.ts'

const CTR = '/usr/local/bin/k3s ctr -n k8s.io'

/** The images that go, and those that the receipt still names, when a cloud with `a` and `b` goes back to a release. */
async function goneAfter(
  formerImages: readonly string[],
  rm: string | { code: number; stderr: string } = '',
) {
  await using on = await trial()
  const head = { ...HEAD, role: 'cloud', settings: { role: 'cloud' }, images: ['a:1', 'b:1'] } as const
  const receipt = receiptFor({ ...head, images: [...head.images] }, undefined, BASELINE)
  const changes = await openHostChanges(on.host, receipt)
  on.script(`${CTR} images ls`, ['REF', 'a:1 t sha256:a -', 'b:1 t sha256:b -'].join('\n'))
  on.script(`${CTR} containers ls`, '')
  on.script(`${CTR} images rm`, rm)
  await removeFailedImages(
    {
      ...{ host: on.host, directory: '/data/cloud-2', receipt },
      manifest: { role: 'cloud', charts: [] } as unknown as BundleManifest,
      back: { receipt, former: { bundle: 'cloud-1', lock: 'x', images: [...formerImages], copy: '/c' } },
      report: (event: WorkEvent) => void on.events.push(event),
      signal: new AbortController().signal,
    } as unknown as Parameters<typeof removeFailedImages>[0],
    changes,
  )
  return {
    gone: on.calls.filter((line) => line.includes(' images rm ')).map((line) => line.split(' images rm ')[1]),
    named: changes.receipt().images,
  }
}

it('only those that the other release brought go', async () => {
  expect(await goneAfter(['a:1'])).toEqual({ gone: ['b:1'], named: ['a:1'] })
})

it('none goes where nobody recorded which are of the release that comes back: no pod could pull it again', async () => {
  expect((await goneAfter([])).gone).toEqual([])
})

it('one that containerd does not let go is still known to the next run', async () => {
  const { named } = await goneAfter(['a:1'], { code: 1, stderr: 'database is locked' })
  expect(named).toEqual(['a:1', 'b:1'])
})

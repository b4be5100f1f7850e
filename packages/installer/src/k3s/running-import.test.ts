import type { BundleManifest } from '@edgelift/bundle'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { runsFor } from '../testing/process.ts'
import { type Trial, trial } from '../testing/trial.ts'
import { K3S_IMAGES } from './files.ts'
import { importedWhileRunning } from './running-import.ts'

const A = 'docker.io/kubeedge/a:1'
const B = 'docker.io/kubeedge/b:1'
const CTR = ['ctr', '-n', 'k8s.io'] as const
const manifest = {
  images: [A, B].map((reference) => ({ reference, file: `images/${reference.at(-3)}.tar` })),
  files: ['a', 'b'].map((name) => ({
    path: `images/${name}.tar`,
    size: 40_000_000,
    integrity: `sha256-${'A'.repeat(43)}=`,
  })),
} as unknown as Partial<BundleManifest>

let on: Trial
/** Images that K3s' containerd has, each whole and pinned; undefined: it is silent. */
let has: string[] | undefined
beforeEach(async () => {
  on = await trial()
  has = []
  on.script('ctr -n k8s.io images ls', () =>
    has === undefined
      ? { code: 1, stderr: 'context deadline exceeded' }
      : [
          'REF TYPE DIGEST',
          ...has.map((name) => `${name} x sha256:${name} 1 MiB linux/amd64 io.cri-containerd.pinned=pinned`),
        ].join('\n'),
  )
  on.script('ctr -n k8s.io images check', () =>
    has === undefined
      ? { code: 1 }
      : has.map((name) => `${name} x sha256:1 complete (2/2) 1 MiB true`).join('\n'),
  )
  await runsFor(on, 'k3s.service', 100)
})
afterEach(async () => {
  vi.useRealTimers()
  await on[Symbol.asyncDispose]()
})

const wanted = (...references: string[]) => references.map((reference) => ({ reference }))
const lay = (name: string) => on.put(`${K3S_IMAGES}/${name}.tar`)

async function left(...references: string[]) {
  return importedWhileRunning(await on.run(manifest), CTR, wanted(...references))
}

it('waits for what K3s imports by itself, and says so', async () => {
  await lay('a')
  setTimeout(() => {
    has = undefined // busy with the import
  }, 50)
  setTimeout(() => {
    has = [A]
  }, 600)
  expect(await left(A)).toEqual([])
  expect(has, 'it was waited for while containerd was silent').toEqual([A])
  expect(on.events).toContainEqual({
    type: 'wait',
    id: 'running-import',
    what: { en: `K3s to import ${A}`, zh: `K3s 导入 ${A}` },
    seconds: 0,
    deadline: 40, // half a minute, and what 40 MB may take
  })
})

it('waits for nothing where one lay there before K3s was started, or is not in the archive: K3s is restarted for all', async () => {
  await lay('a')
  await lay('b')
  await runsFor(on, 'k3s.service', -600)
  expect(await left(A, B)).toEqual([A, B])
  expect(await left('docker.io/other:1')).toEqual(['docker.io/other:1'])
  expect(await left()).toEqual([])
  expect(on.events).toEqual([])
})

it('ends with a signal', async () => {
  await lay('a')
  const run = { ...(await on.run(manifest)), signal: AbortSignal.timeout(100) }
  await expect(importedWhileRunning(run, CTR, wanted(A))).rejects.toMatchObject({ name: 'AbortError' })
})

import { expect, it } from 'vitest'
import type { Place } from '../kube/access.ts'
import { receiptFor } from '../state/host-changes.ts'
import { BASELINE, HEAD, trial } from '../testing/trial.ts'
import { checksOfNode } from './node-checks.ts'

const DAEMONSET =
  '/usr/local/bin/k3s kubectl --kubeconfig /etc/rancher/k3s/k3s.yaml -n kubeedge get daemonset edgemesh-agent'

it.each([
  ['has an agent', 'daemonset.apps/edgemesh-agent', true],
  ['has none', '', false],
  ['does not say', { code: 1 }, true],
] as const)(
  'an EdgeMesh that was installed by hand is left out only by the word of the API: one that %s',
  async (_what, answer, expected) => {
    await using on = await trial()
    on.script(DAEMONSET, answer)
    const manifest = { role: 'cloud', settings: { testImage: '' } }
    const place = { host: on.host, directory: '/data/archive', manifest } as unknown as Place
    const settings = { role: 'cloud', edgemesh: false }
    const receipt = receiptFor({ ...HEAD, role: 'cloud', settings }, undefined, BASELINE)
    const signal = new AbortController().signal
    const { edgemesh } = await checksOfNode(place, receipt, { report: () => {}, signal })
    expect(edgemesh).toBe(expected)
  },
)

import { expect, it } from 'vitest'
import { watchPods } from './crashing-pods.ts'
import type { Cluster } from './kubectl.ts'

const pod = (name: string, restartCount: number, ready = false) => ({
  metadata: { name },
  spec: { nodeName: 'cloud-1' },
  status: { phase: 'Running', containerStatuses: [{ ready, restartCount }] },
})

/** @param states undefined: the API does not answer */
async function looks(...states: (object[] | undefined)[]): Promise<(string | undefined)[]> {
  let look = -1
  const cluster: Cluster = {
    host: {
      root: '/',
      env: {},
      now: Date.now,
      exec: async (_command, args) => ({
        code: states[look] === undefined ? 1 : 0,
        stdout: args.includes('logs')
          ? 'F1128 10:00:00.000000 1 dns.go:46] no nameservers found'
          : JSON.stringify({ items: states[look] }),
        stderr: '',
      }),
    },
    kubectl: ['kubectl'],
    kubeconfig: '/k',
  }
  const watch = watchPods(cluster, { namespace: 'kubeedge', nodeName: 'cloud-1' })
  const seen: (string | undefined)[] = []
  for (look = 0; look < states.length; look += 1) seen.push((await watch())?.hopeless.en)
  return seen
}

it('ends a wait once a pod has exited again and again since it began, with its last words', async () => {
  expect(await looks([pod('agent-a', 9)], [pod('agent-a', 11)], [pod('agent-a', 12)])).toEqual([
    undefined,
    undefined,
    'pod agent-a exits again and again (3 times): no nameservers found',
  ])
})

it('counts a pod that is new from its first start, and leaves one that runs by now', async () => {
  expect(await looks([pod('old', 9)], [pod('new', 3)])).toEqual([
    undefined,
    expect.stringContaining('pod new'),
  ])
  expect(await looks([pod('slow', 0)], [pod('slow', 4, true)])).toEqual([undefined, undefined])
})

it('begins to count when the API answers: what it said nothing of has not been new since', async () => {
  expect(await looks(undefined, [pod('agent-a', 9)], [pod('agent-a', 11)])).toEqual([
    undefined,
    undefined,
    undefined,
  ])
})

import { expect, it } from 'vitest'
import type { Cluster } from '../kube/kubectl.ts'
import { clockDiagnoses, clusterClocks } from './clocks.ts'

const NOW = Date.UTC(2027, 0, 1)
const at = (seconds: number) => new Date(NOW + seconds * 1000).toISOString()

it('finds clocks that differ by the leases that nodes renew, the last one of each', () => {
  const year = 365 * 86_400
  const lines = [
    `edge-1 ${at(-year - 10)}`,
    `cloud ${at(-11)}`,
    `edge-2 ${at(400)}`,
    `edge-1 ${at(-year)}`,
    'x',
  ]
  const found = clockDiagnoses(`${lines.join('\n')}\n`, NOW)
  expect(found.map(({ seen }) => seen.en)).toEqual([
    "this machine's clock is 365 days ahead of that of node edge-1",
    "this machine's clock is 7 min behind that of node edge-2",
  ])
  expect(found.map(({ seen }) => seen.zh)[0]).toBe('本机时钟比节点 edge-1 快 365 天')
  expect(found[0]?.ahead).toBe(year * 1000)
})

it.each([
  ['does not respond either', 1, ['PROBE_FAILED']],
  ['responds: kubectl was slow', 0, []],
])('calls no clock right while no lease was seen, and the API %s', async (_what, code, expected) => {
  const exec: Cluster['host']['exec'] = async (_command, args) => {
    return { code: args.includes('--watch-only') ? 124 : code, stdout: '', stderr: '' }
  }
  const cluster: Cluster = {
    host: { root: '/', env: {}, now: Date.now, exec },
    kubectl: ['kubectl'],
    kubeconfig: '/k',
  }
  expect((await clusterClocks(cluster)).map((one) => one.code)).toEqual(expected)
})

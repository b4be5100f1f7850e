import { expect, it } from 'vitest'
import { type Due, type Life, newLife } from './life.ts'

const HANDLER = 'I1128 upstream.go:1] prepare a new resourceEventHandler(/v1, Resource=endpoints)'
const connected = (edge: string) =>
  `I1128 hub.go:1] edge node ${edge} for project e632aba927ea4ac2b575ec1603d56f10 connected`
const edges = (count: number) => Array.from({ length: count }, (_, index) => `edge-${index}`)
const life = (joined: readonly string[]) =>
  newLife({ pod: 'cloudcore-1', containerId: 'containerd://1', startedAt: 0 }, new Set(joined))

/** Lets time pass to its end, and does at once what is due. */
function play(one: Life, lines: readonly (readonly [at: number, line: string])[], end: number) {
  const done: string[] = []
  for (let now = 0; now <= end; now += 100) {
    for (const [at, line] of lines) if (at === now) one.heard(line, now)
    for (let due: Due = one.due(now); due !== undefined && due.at <= now; due = one.due(now)) {
      const more = due.act === 'scale' ? due.replicas : due.act === 'send' && due.isLast ? 'last' : ''
      done.push(`${now / 1000} ${due.act} ${more}`.trim())
      one.done(due, now)
    }
  }
  return done
}

it('sends twice, ten seconds apart, once an edge is connected and a handler is there', () => {
  const lines = [
    [20_000, connected('edge-0')],
    [22_000, HANDLER],
  ] as const
  const one = life(['edge-0'])
  expect(play(one, lines, 60_000)).toEqual(['0 scale 1', '22 scale 0', '22 send', '32 send last'])
  expect(one.due(60_000)).toBeUndefined()
  expect(one.edges()).toEqual({ back: ['edge-0'], awaited: [] })
})

it('sends again for an edge that comes back later, and not for one that reconnects or is new', () => {
  const lines = [
    [0, HANDLER],
    [1000, connected('edge-0')],
    [100_000, connected('edge-0')],
    [150_000, connected('edge-new')],
    [200_000, connected('edge-1')],
  ] as const
  expect(play(life(edges(2)), lines, 300_000)).toEqual([
    '0 scale 0',
    '2 send',
    '12 send last',
    '201 send',
    '211 send last',
  ])
})

it('has more and more edges open watches while there is no handler, and then goes on without', () => {
  const done = play(life(edges(10)), [[10_000, connected('edge-3')]], 400_000)
  expect(done).toEqual([
    '0 scale 3',
    '30 scale 6',
    '50 scale 10',
    '310.1 scale 0',
    '310.1 send',
    '320.1 send last',
  ])
})

it('leaves a cluster without edges alone', () => {
  expect(play(life([]), [[5000, connected('edge-new')]], 100_000)).toEqual(['0 scale 0'])
})

it('spreads its sendings when edges connect one after the other', () => {
  const lines = edges(60).map((edge, index) => [index * 10_000, connected(edge)] as const)
  const done = play(life(edges(60)), [[0, HANDLER], ...lines], 700_000)
  const sendings = done.filter((one) => one.includes('send'))
  expect(sendings.length).toBeLessThan(20)
  expect(sendings.at(-1)).toMatch(/last$/)
})

import { afterEach, beforeEach, expect, it } from 'vitest'
import type { Ctr } from '../containerd/ctr.ts'
import type { Change } from '../state/change.ts'
import { type Trial, trial } from '../testing/trial.ts'
import { removeGoneImages } from './gone-images.ts'

const CTR: Ctr = ['ctr', '-n', 'k8s.io']
const LINE = CTR.join(' ')
const image = (reference: string, was: 'absent' | 'unpinned' | 'other'): Change => ({
  ...{ kind: 'image', socket: '/run/x.sock' },
  ...{ reference, was },
})

let node: Trial
beforeEach(async () => {
  node = await trial()
  node.script(LINE, '')
  const names = ['a:1', 'b:1', 'c:1', 'd:1', 'edgelift.local/before/c:1']
  node.script(`${LINE} images ls`, ['REF', ...names.map((name) => `${name} t sha256:${name}`)].join('\n'))
})
afterEach(() => node[Symbol.asyncDispose]())

/**
 * Removes all four. In a containerd that others use, a, b and c are recorded: as brought, as pinned by edgelift, and as
 * in the place of another one. In one of edgelift's own nothing is.
 */
async function remove({ shared = true, seconds = 0, signal = new AbortController().signal } = {}) {
  const run = await node.run()
  if (shared)
    for (const change of [image('a:1', 'absent'), image('b:1', 'unpinned'), image('c:1', 'other')])
      await run.changes.record(change)
  const request = { host: node.host, report: run.report, signal }
  const gone = ['a:1', 'b:1', 'c:1', 'd:1']
  const left = await removeGoneImages(request, run.all, { ctr: CTR, shared, gone, seconds })
  const recorded = run.all.receipt().steps.flatMap((step) => step.changes)
  return { left, recorded: recorded.flatMap((change) => (change.kind === 'image' ? [change.reference] : [])) }
}
const removed = () =>
  node.calls.flatMap((line) => (line.startsWith(`${LINE} images rm `) ? [line.slice(LINE.length + 11)] : []))
const notes = () => node.events.flatMap((event) => (event.type === 'note' ? [event.text.en] : []))

it('removes what it brought, unpins what was there, and gives the name back that stood for another image', async () => {
  const { left, recorded } = await remove()
  expect(left).toEqual([])
  expect(recorded).toEqual([])
  expect(removed()).toEqual(expect.arrayContaining(['a:1', 'c:1', 'edgelift.local/before/c:1']))
  expect(removed()).not.toContain('b:1')
  expect(removed()).not.toContain('d:1')
  expect(node.calls).toContain(`${LINE} images label b:1 io.cri-containerd.pinned=`)
  expect(node.calls).toContain(`${LINE} images tag --force edgelift.local/before/c:1 c:1`)
  expect(notes()).toEqual(['removed 2 images of the other release'])
})

it('counts and forgets only what containerd let go, keeps the others for the next run, and says so', async () => {
  const no = { code: 1, stderr: 'database is locked' }
  node.script(`${LINE} images rm a:1`, no)
  node.script(`${LINE} images label b:1`, no)
  const { left, recorded } = await remove()
  expect(left).toEqual(['a:1', 'b:1'])
  expect(recorded).toEqual(['a:1', 'b:1'])
  expect(notes()).toEqual([
    'removed 1 image of the other release',
    'could not be removed, kept until install.sh runs again: b:1, a:1 (database is locked)',
  ])
})

it('takes an image for removed that is gone, whatever ctr says', async () => {
  node.script(`${LINE} images rm a:1`, () => {
    node.script(`${LINE} images ls`, 'REF')
    return { code: 124 }
  })
  expect((await remove({ shared: false })).left).toEqual([])
})

it('removes nothing while containerd cannot tell what its containers need', async () => {
  node.script(`${LINE} containers ls`, { code: 124 })
  await expect(remove()).rejects.toMatchObject({ code: 'COMMAND_FAILED' })
  expect(removed()).toEqual([])
})

it('removes all of them from a containerd of its own', async () => {
  await remove({ shared: false })
  expect(removed()).toEqual(['a:1', 'b:1', 'c:1', 'd:1'])
})

it('keeps an image that a container was made from, under whichever name, and its record', async () => {
  node.script(`${LINE} containers ls`, 'ID IMAGE\nx sha256:a:1 r')
  const { left, recorded } = await remove()
  expect(left).toEqual(['a:1'])
  expect(recorded).toEqual(['a:1'])
  expect(removed()).not.toContain('a:1')
  expect(notes().at(-1)).toContain('still in use')
})

it('waits for the containers of the release that is left to end', async () => {
  let looks = 0
  node.script(`${LINE} containers ls`, () => (looks++ === 0 ? 'ID IMAGE\nx a:1 r' : 'ID IMAGE'))
  expect((await remove({ seconds: 5 })).left).toEqual([])
  expect(removed()).toContain('a:1')
})

it('removes nothing after a signal', async () => {
  node.script(`${LINE} containers ls`, 'ID IMAGE\nx a:1 r')
  await expect(remove({ seconds: 5, signal: AbortSignal.abort() })).rejects.toMatchObject({
    name: 'AbortError',
  })
  expect(removed()).toEqual([])
})

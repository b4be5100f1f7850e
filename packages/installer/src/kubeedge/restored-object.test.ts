import { readdir, stat } from 'node:fs/promises'
import path from 'node:path'
import type { WorkEvent } from '@edgelift/core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ObjectDrift } from '../kube/live-objects.ts'
import { type Trial, trial } from '../testing/trial.ts'
import { keepObject, restores, tellValues } from './restored-object.ts'

const chart = { release: 'edgemesh', namespace: 'kubeedge' }
const REPLACED = '/var/lib/edgelift/replaced'

let on: Trial
beforeEach(async () => {
  on = await trial()
})
afterEach(() => on[Symbol.asyncDispose]())

const saidIn = (events: readonly WorkEvent[]) =>
  events.flatMap((event) => (event.type === 'note' ? [[event.level, event.text.en, event.text.zh]] : []))

describe('an object of the cluster that is restored', () => {
  const drift = (...fields: string[]): ObjectDrift => ({
    ...{ kind: 'ConfigMap', name: 'cfg', fields, lists: [] },
    at: { namespace: 'kubeedge', resource: 'configmap' },
  })
  const keep = (one: ObjectDrift) =>
    keepObject({ host: on.host, kubectl: ['kubectl'], kubeconfig: '/k' }, one)
  const GET = 'kubectl --kubeconfig /k -n kubeedge get configmap cfg --ignore-not-found -o yaml'

  it('is kept as it was found, for root alone: it may hold secrets', async () => {
    on.script(GET, 'data: theirs\n')
    const copy = (await keep(drift('data'))) ?? ''
    expect(await on.text(copy)).toBe('data: theirs\n')
    expect(copy).toMatch(new RegExp(`^${REPLACED}/\\S+-ConfigMap-cfg\\.yaml$`))
    expect((await stat(path.join(on.root, copy))).mode & 0o777).toBe(0o600)
  })

  it('is not kept where it was deleted, before or meanwhile', async () => {
    on.script(GET, '')
    expect([await keep(drift()), await keep(drift('data'))]).toEqual([undefined, undefined])
    expect(on.calls).toEqual([GET])
  })

  it('is not overwritten while the API is silent: nothing of it would be kept', async () => {
    await expect(keep(drift('data'))).rejects.toMatchObject({ code: 'COMMAND_FAILED' })
  })

  it.each([
    [[], undefined, /was deleted: it is restored$/, /已被删除/],
    [
      ['data.a', 'data.b'],
      undefined,
      /\(data\.a, data\.b\): it is restored$/,
      /（data\.a、data\.b），将恢复$/,
    ],
    [['data'], '/x', /the changed object is kept as \/x$/, /保存为 \/x$/],
  ])('is told with what was changed and where that is kept: %j, %s', (fields, copy, en, zh) => {
    const [told] = saidIn([restores(drift(...fields), copy)])
    expect(told).toEqual(['warning', expect.stringMatching(en), expect.stringMatching(zh)])
  })
})

describe('values that somebody gave a release', () => {
  const tell = (more: object) =>
    tellValues(on.host, chart, { now: { a: 1 }, values: {}, kept: [], setBack: [], ...more } as never)

  it('are told, and written nowhere, where they stay', async () => {
    const said = saidIn(await tell({ kept: [['agent', 'log'], ['x']] }))
    expect(said).toEqual([
      [
        'warning',
        'values of helm release kubeedge/edgemesh that were added by hand are kept: agent.log, x',
        '保留手动添加的 helm release kubeedge/edgemesh 的 values：agent.log、x',
      ],
    ])
    await expect(readdir(path.join(on.root, REPLACED))).rejects.toThrow()
  })

  it('are kept in a file where they are set back: the file holds all of them', async () => {
    const [[, en = ''] = []] = saidIn(await tell({ setBack: ['image'] }))
    expect(en).toContain('changed by hand (image): they are restored; the changed values are kept as ')
    expect(JSON.parse((await on.text(en.split(' ').at(-1) ?? '')) ?? '')).toEqual({ a: 1 })
  })

  it('are no word where there are none', async () => {
    expect(await tell({})).toEqual([])
  })
})

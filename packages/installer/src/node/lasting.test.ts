import { afterEach, beforeEach, expect, it } from 'vitest'
import { type Trial, trial } from '../testing/trial.ts'
import { makeLasting } from './lasting.ts'

let on: Trial
beforeEach(async () => {
  on = await trial()
  await on.put('/etc/hostname')
  await on.put('/var/lib/rancher/k3s/data/.lock')
})
afterEach(() => on[Symbol.asyncDispose]())

it('syncs the disks of the folders that are there', async () => {
  on.script('sync', '')
  await makeLasting(on.host)
  const [line = ''] = on.calls
  expect(line.split(' ').slice(0, 2)).toEqual(['sync', '-f'])
  expect(line.replaceAll(on.root, '').split(' ').slice(2)).toEqual([
    '/',
    '/etc',
    '/var/lib',
    '/var/lib/rancher',
  ])
  await makeLasting(on.host, ['/nowhere'])
  expect(on.calls).toHaveLength(1)
})

it.each(['missing', 'unusable', { code: 1, stderr: 'sync: error syncing: Input/output error' }] as const)(
  'ends nothing where that fails: %j',
  async (answer) => {
    on.script('sync', answer)
    await makeLasting(on.host)
    expect(on.calls).toHaveLength(1)
  },
)

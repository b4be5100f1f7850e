import { afterEach, beforeEach, expect, it } from 'vitest'
import { MESH_STATE, MESH_UNIT } from '../mesh/places.ts'
import { receiptFor } from '../state/host-changes.ts'
import { BASELINE, HEAD, type Trial, trial } from '../testing/trial.ts'
import { meshRefreshDiagnoses } from './mesh-refresh.ts'

let on: Trial
beforeEach(async () => {
  on = await trial()
})
afterEach(() => on[Symbol.asyncDispose]())

const installed = {
  ...receiptFor({ ...HEAD, role: 'cloud' }, undefined, BASELINE),
  steps: [
    {
      stepId: 'mesh-refresh',
      title: { en: 'x', zh: 'x' },
      changes: [{ kind: 'unit' as const, unit: MESH_UNIT, programs: [] }],
    },
  ],
}
const seen = async () => (await meshRefreshDiagnoses(on.host, installed)).map((one) => one.seen.en)

it.each([
  ['runs', 'active\n', []],
  ['was stopped', { code: 3, stdout: 'inactive\n' }, [`${MESH_UNIT} does not run`]],
  ['exits again and again', { code: 3, stdout: 'activating\n' }, [`${MESH_UNIT} does not run`]],
  ['has failed', { code: 3, stdout: 'failed\n' }, [`${MESH_UNIT} does not run`]],
  ['is unknown to a silent systemd', { code: 1, stderr: 'Failed to connect to bus' }, []],
])('tells of a service that %s', async (_what, answer, told) => {
  on.script('systemctl is-active', answer)
  expect(await seen()).toEqual(told)
})

it('tells nothing of one that was not installed', async () => {
  on.script('systemctl is-active', { code: 3, stdout: 'inactive\n' })
  expect(await meshRefreshDiagnoses(on.host, { ...installed, steps: [] })).toEqual([])
})

it('tells of one that runs and cannot work, in its own words', async () => {
  on.script('systemctl is-active', 'active\n')
  const state = { back: [], awaited: [], refreshes: 0, error: 'GET /api/v1/pods: HTTP 403 no' }
  await on.put(MESH_STATE, JSON.stringify(state))
  const [found] = await meshRefreshDiagnoses(on.host, installed)
  expect(found).toMatchObject({
    code: 'MESH_REFRESH_OFF',
    seen: { en: `${MESH_UNIT} cannot reach what it needs`, zh: `${MESH_UNIT} 无法访问所需资源` },
    fix: { en: expect.stringContaining('./install.sh') },
    words: state.error,
  })
})

it.each(['', '{"back":', 'null', '{"error":7}'])(
  'takes no damaged word of one that runs for a fault: %j',
  async (text) => {
    on.script('systemctl is-active', 'active\n')
    await on.put(MESH_STATE, text)
    expect(await seen()).toEqual([])
  },
)

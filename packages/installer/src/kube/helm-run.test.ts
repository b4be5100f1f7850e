import { exec, type WorkEvent } from '@edgelift/core'
import { expect, it } from 'vitest'
import type { Host } from '../node/host.ts'
import { runHelm } from './helm-run.ts'

/** helm is a shell script here; kubectl tells the state of the release. */
function trial(script: string, status = 'pending-install') {
  const events: WorkEvent[] = []
  let runs = 0
  let forgotten = 0
  const run: Host['exec'] = (command, args, options) => {
    if (command === 'kubectl') return Promise.resolve({ code: 0, stdout: status, stderr: '' })
    runs += 1
    return exec('sh', ['-c', script.replaceAll('RUN', String(runs)), ...args], options)
  }
  const host: Host = { root: '/', env: {}, now: Date.now, exec: run }
  const call = {
    program: 'helm',
    args: ['upgrade'],
    input: '{}',
    release: 'cloudcore',
    namespace: 'kubeedge',
    report: (event: WorkEvent) => void events.push(event),
    forget: async () => {
      forgotten += 1
    },
  }
  const done = runHelm({ host, kubectl: ['kubectl'], kubeconfig: '/k' }, call, 2)
  return { done, events, counts: () => ({ runs, forgotten }) }
}

it('kills a helm that hangs and runs it once more', async () => {
  const { done, events, counts } = trial('[ RUN = 2 ] || sleep 60')
  await done
  expect(counts()).toEqual({ runs: 2, forgotten: 1 })
  expect(events).toContainEqual(expect.objectContaining({ type: 'note', level: 'warning' }))
})

it('gives up on one that hangs twice, and says what it was doing and last printed', async () => {
  const { done, events, counts } = trial('echo first >&2; echo "level=WARN slow" >&2; exec sleep 60')
  await expect(done).rejects.toMatchObject({
    code: 'WAIT_EXPIRED',
    because: { en: expect.stringContaining('level=WARN slow') },
  })
  expect(counts()).toEqual({ runs: 2, forgotten: 2 })
  const wait = events.find(({ type }) => type === 'wait')
  expect(wait).toMatchObject({
    id: 'helm-cloudcore',
    deadline: 2,
    what: { en: expect.stringContaining('cloudcore') },
  })
})

it('says what helm printed when it fails, and runs it once', async () => {
  const { done, counts } = trial('echo "Error: no such chart" >&2; exit 1')
  await expect(done).rejects.toMatchObject({
    code: 'COMMAND_FAILED',
    because: { en: 'Error: no such chart' },
  })
  expect(counts()).toEqual({ runs: 1, forgotten: 0 })
})

import { silent } from '@edgelift/core'
import { expect, it } from 'vitest'
import { fixOf } from './crash-loop.ts'
import type { Host } from './host.ts'
import { waitUntil } from './wait.ts'

const FATAL = 'time="2026-11-28T03:00:00Z" level=fatal msg="extracting data: no space left on device"'

/** A service of which systemd tells these counters and states, one after the other. */
function hostWith(states: readonly (readonly [restarts: number, state: string])[], log = FATAL): Host {
  let [looks, clock] = [0, 0]
  const exec: Host['exec'] = async (command) => {
    if (command === 'journalctl') return { code: 0, stdout: log, stderr: '' }
    const [restarts, state] = states[Math.min(looks++, states.length - 1)] ?? [0, 'active']
    return { code: 0, stdout: `Id=k3s.service\nNRestarts=${restarts}\nActiveState=${state}\n`, stderr: '' }
  }
  return { root: '/', env: {}, now: () => (clock += 2000), exec }
}

const wait = (host: Host, looks: number) => {
  let left = looks
  return waitUntil({
    id: 'api',
    what: { en: 'the API', zh: 'API' },
    deadline: 60,
    look: async () => left-- <= 0 || { en: 'not Ready', zh: '未就绪' },
    words: async () => '',
    fix: { en: 'x', zh: 'x' },
    report: silent,
    signal: new AbortController().signal,
    services: { host, units: ['k3s.service'] },
  })
}

it('ends a wait at once when the service exits again and again, with its last fatal line as the cause', async () => {
  await expect(
    wait(
      hostWith([
        [40, 'activating'],
        [43, 'activating'],
      ]),
      9,
    ),
  ).rejects.toMatchObject({
    code: 'STEP_FAILED',
    because: { en: 'k3s.service exits again and again (3 times): extracting data: no space left on device' },
    fix: { en: expect.stringContaining('free space') },
  })
})

it.each([
  [
    'edgecore.service',
    'F1 db.go:25] Failed to register db: Register db Ping `default`, file is not a database',
    './install.sh: it replaces',
  ],
  [
    'k3s.service',
    'level=fatal msg="starting kubernetes: database disk image is malformed"',
    '--restore FILE',
  ],
  ['other.service', 'database disk image is malformed', 'check the disk'],
])('names what brings back a damaged database: %s', (unit, words, fix) => {
  const told = fixOf(unit, words)
  expect(told.en).toContain(fix)
  expect(told.zh).toContain('dmesg')
})

it('ends it when systemd has given the service up', async () => {
  await expect(
    wait(hostWith([[0, 'failed']], 'panic: bind: address already in use'), 9),
  ).rejects.toMatchObject({
    because: { en: 'k3s.service has failed: panic: bind: address already in use' },
    fix: { en: expect.stringContaining('ss -lntp') },
  })
})

it('ends it when a service that starts says that its database is damaged, whatever ends for want of it', async () => {
  const log = [
    'level=error msg="Failed to ping database connection: file is not a database"',
    'level=fatal msg="Error creating leases: context deadline exceeded"',
  ].join('\n')
  await expect(wait(hostWith([[0, 'activating']], log), 9)).rejects.toMatchObject({
    because: {
      en: 'k3s.service cannot read its database: Failed to ping database connection: file is not a database',
    },
    fix: { en: expect.stringContaining('--restore FILE') },
  })
})

it('goes on while the service restarts once or twice, and with an older systemd that counts nothing', async () => {
  await wait(
    hostWith([
      [40, 'activating'],
      [41, 'activating'],
      [42, 'active'],
    ]),
    2,
  )
  await wait({ ...hostWith([]), exec: async () => ({ code: 0, stdout: 'Id=k3s.service\n', stderr: '' }) }, 1)
})

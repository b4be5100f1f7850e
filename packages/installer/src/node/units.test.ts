import { utimes } from 'node:fs/promises'
import path from 'node:path'
import { expect, it } from 'vitest'
import { trial } from '../testing/trial.ts'
import { runUnit, startedAfter } from './units.ts'

it('takes a process for older than a file that was written since, not for older than one of the future', async () => {
  await using on = await trial()
  on.script('systemctl show', '7')
  await on.put('/proc/7/stat', `7 (x) S ${'0 '.repeat(18)}${99_000} `) // it started 10 s ago
  await on.put('/proc/uptime', '1000 1')
  await on.put('/etc/x.conf')
  const isCurrent = async (age: number) => {
    const time = Date.now() / 1000 - age
    await utimes(path.join(on.root, '/etc/x.conf'), time, time)
    return startedAfter(on.host, 'x.service', ['/etc/x.conf'])
  }
  expect(await isCurrent(60)).toBe(true)
  expect(await isCurrent(3)).toBe(false)
  expect(await isCurrent(-172_800)).toBe(true)
})

it.each([
  ['one of its own', true, ['enable x.service', 'reset-failed x.service']],
  ['one of the machine, which stays enabled or not', false, ['daemon-reload', 'reset-failed x.service']],
])('has systemd read units once before it starts %s', async (_, enable, first) => {
  await using on = await trial()
  on.script('systemctl', '')
  on.script('systemctl show', '0')
  await runUnit(on.host, 'x.service', [], { enable })
  const calls = on.calls
    .map((call) => call.replace(/^systemctl /, ''))
    .filter((call) => !call.startsWith('show'))
  expect(calls).toEqual([...first, 'start --no-block x.service'])
})

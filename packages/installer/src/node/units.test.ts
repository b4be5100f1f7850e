import { rm, utimes } from 'node:fs/promises'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { runsFor } from '../testing/process.ts'
import { trial } from '../testing/trial.ts'
import { mustKnowActive, mustKnowEnabled, mustStop, processAge, runningUnits, startedAfter } from './units.ts'

it('takes a process for older than a file that was written since, not for older than one of the future', async () => {
  await using on = await trial()
  await runsFor(on, 'x.service', 10)
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

it('knows a process’ age in a container that shows its own uptime', async () => {
  await using on = await trial()
  await runsFor(on, 'x.service', 10)
  await on.put('/proc/uptime', '3 1')
  expect(((await processAge(on.host, 'x.service')) ?? 0) / 1000).toBeCloseTo(10, 0)
  on.script('systemctl show -p MainPID x.service', 'MainPID=0')
  expect(await processAge(on.host, 'x.service')).toBeUndefined()
})

it('takes a systemd that does not respond for none that has stopped anything', async () => {
  await using on = await trial()
  on.script('systemctl', { code: 1, stderr: 'Failed to connect to bus: No such file or directory' })
  await expect(mustStop(on.host, ['x.service', 'y.service'])).rejects.toMatchObject({
    code: 'STEP_FAILED',
    because: { en: 'Failed to connect to bus: No such file or directory' },
  })
  // systemctl(1): `stop` fails for a unit that is not there.
  on.script('systemctl is-active', { code: 3, stdout: 'inactive\ninactive\n' })
  await mustStop(on.host, ['x.service', 'y.service'])
})

it('takes no process for younger than its files while systemd does not say', async () => {
  await using on = await trial()
  await on.put('/etc/x.conf')
  on.script('systemctl show', { code: 1, stderr: 'Failed to connect to bus' })
  expect(await startedAfter(on.host, 'x.service', ['/etc/x.conf'])).toBe(false)
  expect(await processAge(on.host, 'x.service')).toBeUndefined()
  on.script('systemctl show', 'MainPID=0')
  expect(await startedAfter(on.host, 'x.service', ['/etc/x.conf'])).toBe(true)
})

it('does not take a service for stopped while systemd does not say', async () => {
  await using on = await trial()
  on.script('systemctl is-active', { code: 1, stderr: 'Failed to connect to bus' })
  await expect(mustKnowActive(on.host, 'x.service')).rejects.toMatchObject({ code: 'STEP_FAILED' })
  on.script('systemctl is-active', { code: 3, stdout: 'inactive\n' })
  expect(await mustKnowActive(on.host, 'x.service')).toBe(false)
  on.script('systemctl is-active', 'active\n')
  expect(await mustKnowActive(on.host, 'x.service')).toBe(true)
})

describe('whether a service starts at boot', () => {
  it.each([
    ['enabled', 'enabled\n', true],
    ['disabled', { code: 1, stdout: 'disabled\n' }, false],
    ['masked', { code: 1, stdout: 'masked\n' }, false],
    ['without a file', { code: 4, stdout: 'not-found\n' }, false],
    [
      'without a file, before systemd 254',
      { code: 1, stderr: 'Failed to get unit file state for x.service: No such file or directory' },
      false,
    ],
  ])('is what systemd says: %s', async (_what, answer, expected) => {
    await using on = await trial()
    on.script('systemctl is-enabled x.service', answer)
    expect(await mustKnowEnabled(on.host, 'x.service')).toBe(expected)
  })

  it.each([
    [{ code: 1, stderr: 'Failed to connect to bus: No such file or directory' }, 'Failed to connect to bus'],
    [{ code: 124 }, 'no result within 30 s'],
  ])('is not known while systemd is silent, and no where there is none', async (answer, because) => {
    await using on = await trial()
    on.script('systemctl is-enabled', answer)
    await expect(mustKnowEnabled(on.host, 'x.service')).rejects.toMatchObject({
      code: 'STEP_FAILED',
      because: { en: expect.stringContaining(because) },
    })
    await rm(path.join(on.root, '/run/systemd/system'), { recursive: true })
    expect(await mustKnowEnabled(on.host, 'x.service')).toBe(false)
  })
})

it('names the services that run, and none by the silence of systemd', async () => {
  await using on = await trial()
  const units = ['a.service', 'b.service', 'c.service']
  on.script('systemctl is-active', { code: 3, stdout: 'active\ninactive\nactivating\n' })
  expect(await runningUnits(on.host, units)).toEqual(['a.service', 'c.service'])
  on.script('systemctl is-active', { code: 1, stderr: 'Failed to connect to bus' })
  expect(await runningUnits(on.host, units)).toBeUndefined()
  expect(await runningUnits(on.host, [])).toEqual([])
  await rm(path.join(on.root, '/run/systemd/system'), { recursive: true })
  expect(await runningUnits(on.host, units)).toEqual([])
})

import { utimes } from 'node:fs/promises'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { NEVER_LASTS, runsFor } from '../testing/process.ts'
import { type Trial, trial } from '../testing/trial.ts'
import { restartUnit, runUnit, untilLasting } from './unit-start.ts'

const UNIT = 'x.service'
const PID = `systemctl show -p MainPID ${UNIT}`
let on: Trial
beforeEach(async () => {
  on = await trial()
  on.script('systemctl', '')
  on.script(PID, 'MainPID=0')
})
afterEach(() => on[Symbol.asyncDispose]())

const verbs = () =>
  on.calls.map((call) => call.replace(/^systemctl /, '')).filter((call) => !call.startsWith('show'))

it.each([
  ['one of its own', true, [`enable ${UNIT}`, `reset-failed ${UNIT}`]],
  ['one of the machine, which stays enabled or not', false, ['daemon-reload', `reset-failed ${UNIT}`]],
])('has systemd read units once before it starts %s', async (_, enable, first) => {
  await runUnit(await on.run(), UNIT, [], { enable })
  expect(verbs()).toEqual([...first, `start --no-block ${UNIT}`])
})

describe('a process that is replaced', () => {
  const RESTART = `systemctl restart --no-block ${UNIT}`
  /** It stops slowly: for two looks. */
  let looks = 0
  beforeEach(async () => {
    looks = 0
    await runsFor(on, UNIT, 100)
    on.script(PID, () => (on.calls.includes(RESTART) && ++looks > 2 ? 'MainPID=8' : 'MainPID=7'))
  })

  it('is gone when its service has been restarted: it would be taken for the new one', async () => {
    await restartUnit(await on.run(), UNIT)
    expect(looks).toBe(3)
    expect(on.events).toContainEqual(expect.objectContaining({ type: 'wait', id: 'stopping' }))
  })

  it('is not taken for gone while systemd does not say', async () => {
    on.script(PID, () => {
      if (!on.calls.includes(RESTART)) return 'MainPID=7'
      looks += 1
      return looks === 1 ? { code: 1 } : 'MainPID=8'
    })
    await restartUnit(await on.run(), UNIT)
    expect(looks).toBe(2)
  })

  it('leaves no failure behind, which would be taken for one of the new one', async () => {
    await restartUnit(await on.run(), UNIT)
    expect(verbs().slice(0, 3)).toEqual([
      'daemon-reload',
      `reset-failed ${UNIT}`,
      `restart --no-block ${UNIT}`,
    ])
  })

  it('is gone when one of its files was newer', async () => {
    await on.put('/usr/local/bin/x')
    await runUnit(await on.run(), UNIT, ['/usr/local/bin/x'])
    expect(looks).toBe(3)
  })

  it('is none where its files are older: the service is started, if it does not run', async () => {
    await on.put('/usr/local/bin/x')
    const time = Date.now() / 1000 - 200
    await utimes(path.join(on.root, '/usr/local/bin/x'), time, time)
    await runUnit(await on.run(), UNIT, ['/usr/local/bin/x'])
    expect(verbs()).toContain(`start --no-block ${UNIT}`)
    expect(looks).toBe(0)
  })
})

describe('a service that nothing else proves', () => {
  it('has run for so long', async () => {
    await runsFor(on, UNIT, 1)
    on.script(`systemctl show -p Id,NRestarts,ActiveState ${UNIT}`, async () => {
      await runsFor(on, UNIT, 6)
      return `Id=${UNIT}\nNRestarts=0\nActiveState=active\n`
    })
    await untilLasting(await on.run(), UNIT, { seconds: 5 })
    expect(on.events).toContainEqual(expect.objectContaining({ type: 'wait', id: 'lasting' }))
  })

  it('does not when it exits again and again, each time younger than that', async () => {
    let restarts = 0
    await runsFor(on, UNIT, NEVER_LASTS)
    on.script('journalctl', 'fatal: built for another machine\n')
    on.script(
      `systemctl show -p Id,NRestarts,ActiveState ${UNIT}`,
      () => `Id=${UNIT}\nNRestarts=${restarts++}\nActiveState=activating\n`,
    )
    await expect(untilLasting(await on.run(), UNIT, { seconds: 5 })).rejects.toMatchObject({
      code: 'STEP_FAILED',
      because: { en: expect.stringContaining('fatal: built for another machine') },
    })
  })
})

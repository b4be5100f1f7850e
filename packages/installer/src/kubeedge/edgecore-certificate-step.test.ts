import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { certificatePair, certificatePem } from '../testing/certificate.ts'
import { cloudHubTrial } from '../testing/cloud-hub.ts'
import { NEVER_LASTS, runsFor } from '../testing/process.ts'
import { apply, check, type Trial, trial } from '../testing/trial.ts'
import { edgecoreCertificate, isDue, isWaitedFor } from './edgecore-certificate-step.ts'
import { EDGE_CERTIFICATE } from './edgecore-config.ts'
import { EDGECORE_UNIT } from './edgecore-files.ts'

const DAY = 86_400_000
const year = { begins: 0, ends: 365 * DAY }

describe('is due', () => {
  it.each([
    ['while most of its life is left', 200, 120, false],
    ['before EdgeCore would renew it', 250, 120, false],
    ['65 days before its end', 300, 120, true],
    ['65 days before its end, to an installation', 300, 60, false],
    ['40 days before its end, to an installation', 325, 60, true],
    ['after its end, when only a token helps', 366, 120, false],
  ])('%s', (_when, day, days, due) => {
    expect(isDue(year, { days }, day * DAY)).toBe(due)
  })

  it('not where there is none', () => expect(isDue(undefined, { days: 60 }, 0)).toBe(false))
})

it.each([
  ['that has not connected yet', 40, undefined, true],
  ['that does not connect', 60, undefined, false],
  ['that has connected late, on a small machine', 48, 40, true],
  ['that has been connected, and chose a later time', 50, 40, false],
])('a start of EdgeCore is waited for: one %s', (_which, seconds, connected, isWaited) => {
  expect(isWaitedFor(seconds, connected)).toBe(isWaited)
})

let on: Trial
beforeEach(async () => {
  on = await trial()
})
afterEach(() => on[Symbol.asyncDispose]())

it('leaves a certificate that cannot be renewed while the cloud is away, and says so', async () => {
  const now = Date.now()
  await on.put(EDGE_CERTIFICATE, certificatePem(new Date(now - 340 * DAY), new Date(now + 25 * DAY)))
  const step = edgecoreCertificate({ cloudHost: 'fe80::1', hubPort: 10000, days: 60 })
  const run = await on.run()
  expect(await check(run, step)).toBe(false)
  await apply(run, step)
  expect(on.calls).toEqual([])
  expect(on.events).toMatchObject([{ text: { en: expect.stringContaining('fe80::1) is unreachable') } }])
})

describe('a certificate that is due, with the cloud in reach', () => {
  const now = Date.now()
  const lasting = (days: number) => certificatePem(new Date(now - 340 * DAY), new Date(now + days * DAY))
  const renewing = async () => {
    const cloud = await cloudHubTrial(certificatePair('cloud'), (_request, response) => void response.end())
    const { hubPort } = cloud
    return { step: edgecoreCertificate({ cloudHost: '127.0.0.1', hubPort, days: 60 }), end: cloud }
  }
  const restarts = () => on.calls.filter((line) => line.includes(' restart '))
  beforeEach(async () => {
    on.script('systemctl', '')
    await runsFor(on, EDGECORE_UNIT, 100)
    await on.put(EDGE_CERTIFICATE, lasting(25))
  })

  it('is renewed by one restart of EdgeCore, and is then so already', async () => {
    const { step, end } = await renewing()
    await using _end = end
    on.script('systemctl restart', async () => {
      await on.put(EDGE_CERTIFICATE, lasting(365))
      return ''
    })
    const run = await on.run()
    await apply(run, step)
    expect(restarts()).toHaveLength(1)
    expect(on.events).toMatchObject([
      { level: 'warning', text: { en: expect.stringContaining('pods keep running') } },
    ])
    expect(await check(run, step)).toBe(true)
  })

  it('is not renewed by an EdgeCore that exits again and again with the new one', async () => {
    const { step, end } = await renewing()
    await using _end = end
    await runsFor(on, EDGECORE_UNIT, NEVER_LASTS)
    on.script('systemctl restart', async () => {
      await on.put(EDGE_CERTIFICATE, lasting(365))
      return ''
    })
    let exits = 0
    on.script('journalctl', 'F0101 1 edgehub.go:1] no key for the certificate\n')
    on.script(
      `systemctl show -p Id,NRestarts,ActiveState ${EDGECORE_UNIT}`,
      () => `Id=${EDGECORE_UNIT}\nNRestarts=${exits++}\nActiveState=activating\n`,
    )
    await expect(apply(await on.run(), step)).rejects.toMatchObject({
      code: 'STEP_FAILED',
      because: { en: expect.stringContaining('no key for the certificate') },
    })
  })

  it('is due again when the run was cut off: nothing says that it was renewed but the certificate', async () => {
    const { step, end } = await renewing()
    await using _end = end
    const run = { ...(await on.run()), signal: AbortSignal.timeout(200) }
    await expect(apply(run, step)).rejects.toMatchObject({ name: 'AbortError' })
    expect(restarts()).toHaveLength(1)
    expect(await check(run, step)).toBe(false)
  })
})

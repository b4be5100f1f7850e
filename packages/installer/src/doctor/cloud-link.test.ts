import { createHash, X509Certificate } from 'node:crypto'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Facts } from '../node/facts.ts'
import { facts, reachable } from '../preflight/preflight.sample.ts'
import { EdgeSettings } from '../settings/schema.ts'
import { certificatePair } from '../testing/certificate.ts'
import { type CloudHubTrial, cloudHubTrial } from '../testing/cloud-hub.ts'
import { journalOf } from '../testing/journal.ts'
import { CONNECTED } from '../testing/meta-server.ts'
import { type Trial, trial } from '../testing/trial.ts'
import { cloudLink, unreachable } from './cloud-link.ts'

const pair = certificatePair('localhost')
const der = new X509Certificate(pair.certificate).raw
const caHash = createHash('sha256').update(der).digest('hex')

let cloud: CloudHubTrial
/** Milliseconds by which the cloud's clock is ahead. */
let ahead = 0
beforeAll(async () => {
  cloud = await cloudHubTrial(pair, (_request, response) => {
    response.setHeader('Date', new Date(Date.now() + ahead).toUTCString())
    response.end(der)
  })
})
afterAll(() => cloud[Symbol.asyncDispose]())

let on: Trial
beforeEach(async () => {
  ahead = 0
  on = await trial()
  on.script('ss', CONNECTED)
})
afterEach(() => on[Symbol.asyncDispose]())

const look = (host = 'localhost', hubPort = cloud.hubPort, changed: Partial<Facts> = {}) =>
  cloudLink(on.host, EdgeSettings.parse({ cloud: `${host}:${hubPort}` }), {
    ...facts,
    joinedCa: caHash,
    ...changed,
  })
/** A cloud whose tunnel port is closed is told, too: here only its CloudHub listens. */
const besides = async (...given: Parameters<typeof look>) =>
  (await look(...given)).filter(({ code }) => code !== 'CLOUD_UNREACHABLE')

it('has nothing to say where the settings name no cloud', async () => {
  expect(await cloudLink(on.host, EdgeSettings.parse({}), facts)).toEqual([])
})

it('does not take an ss that fails for a connection', async () => {
  on.script('ss', { code: 1 })
  expect(await besides()).toMatchObject([
    { code: 'PROBE_FAILED', severity: 'warning', cause: { en: expect.stringContaining('ss') } },
  ])
})

describe('a cloud that is not reached', () => {
  it('by its name: that is what to mend', async () => {
    const [found] = await look('nowhere.invalid')
    expect(found).toMatchObject({ code: 'CLOUD_UNREACHABLE', problem: 'P6' })
    expect(found?.seen.en).toBe('cannot resolve nowhere.invalid')
    expect(found?.fix.en).toContain('/etc/hosts')
  })

  it('without a route: one finding for all its ports, which a foreign address may bring about', async () => {
    const found = await look('255.255.255.255', 10000)
    expect(found).toHaveLength(1)
    expect(found[0]).toMatchObject({ code: 'CLOUD_UNREACHABLE', mayFollow: ['NODE_IP_FOREIGN'] })
    expect(found[0]?.seen.en).toBe('255.255.255.255 TCP 10000, 10002, 10004: no route')
  })

  it('at ports that fail in different ways: each with its own, and CloudHub’s tells the cause', () => {
    const ports = [
      { port: 10000, state: 'refused' },
      { port: 10002, state: 'silent' },
      { port: 10004, state: 'silent' },
      { port: 20006, state: 'unreachable' }, // the relay's: a check of its own
    ] as const
    const [found] = unreachable({ ...reachable, ports })
    expect(found?.seen).toEqual({
      en: '10.77.0.1 TCP 10000: connection refused; 10002, 10004: no response',
      zh: '10.77.0.1 TCP 10000：连接被拒绝；10002、10004：无响应',
    })
    expect(found?.cause.en).toMatch(/^the machine is up, and CloudCore does not run on it/)
    // The machine was reached, so this machine's address is not the cause.
    expect(found).not.toHaveProperty('mayFollow')
  })

  it('at one port beside CloudHub’s: a warning that says what does not work, and brings about nothing else', async () => {
    const [found] = await look()
    expect(found).toMatchObject({
      ...{ code: 'CLOUD_UNREACHABLE', severity: 'warning', brings: [] },
      seen: { en: `localhost refuses TCP ${cloud.hubPort + 4}` },
      cause: { en: `${cloud.hubPort + 4}: kubectl logs and exec` },
      fix: {
        en: expect.stringContaining('./edgelift doctor'),
        zh: expect.stringContaining('./edgelift doctor'),
      },
    })
  })
})

describe('a cloud that is reached', () => {
  it('has no other finding when clocks, CA and connection are right', async () => {
    expect(await besides()).toEqual([])
  })

  it('is another one when its CA is not the one that this edge joined', async () => {
    expect(await besides('localhost', cloud.hubPort, { joinedCa: 'f'.repeat(64) })).toMatchObject([
      { code: 'CLOUD_REPLACED' },
    ])
  })

  it('has another clock: told with how far this machine is ahead', async () => {
    ahead = -3_600_000
    const found = await besides()
    expect(found.map(({ code }) => code)).toEqual(['CLOCK_DIFFERS'])
    expect(Math.abs((found[0]?.ahead ?? 0) - 3_600_000)).toBeLessThan(5000)
  })
})

describe('an edge that is not connected', () => {
  beforeEach(() => {
    on.script('ss', '')
    on.script('systemctl show -p InvocationID edgecore.service', 'InvocationID=f00d')
  })

  it('is told with what EdgeCore logged last', async () => {
    on.script('journalctl', 'I1129 10:00:00 1 x.go:1] fine\nE1129 10:00:00 1 x.go:1] handshake failed\n')
    expect(await besides()).toMatchObject([{ code: 'CLOUD_DISCONNECTED', words: 'handshake failed' }])
  })

  it('is not told with what an EdgeCore logged that was replaced', async () => {
    journalOf(on, 'edgecore.service', {
      former: 'E1129 x.go:1] handshake failed',
      present: 'I1129 x.go:1] fine',
    })
    expect((await besides())[0]).not.toHaveProperty('words')
  })

  it('comes from the clocks only by EdgeCore’s own word', async () => {
    const clock =
      'E1129 x.go:1] x509: certificate has expired or is not yet valid: current time 2020 is before 2026'
    on.script('journalctl', clock)
    expect(await besides()).toMatchObject([{ mayFollow: ['CLOCK_DIFFERS'] }])
    on.script('journalctl', 'E1129 x.go:1] refused')
    expect((await besides())[0]).not.toHaveProperty('mayFollow')
  })
})

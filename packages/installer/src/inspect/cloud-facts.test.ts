import { createHash, X509Certificate } from 'node:crypto'
import type { RequestListener } from 'node:http'
import { afterEach, describe, expect, it } from 'vitest'
import { certificatePair } from '../testing/certificate.ts'
import { type CloudHubTrial, cloudHubTrial } from '../testing/cloud-hub.ts'
import { type CloudQuestion, cloudFacts } from './cloud-facts.ts'

const pair = certificatePair('localhost')
const der = new X509Certificate(pair.certificate).raw
const hash = createHash('sha256').update(der).digest('hex')
const NOW = Date.UTC(2026, 10, 29, 12)

let cloud: CloudHubTrial | undefined
afterEach(async () => {
  await cloud?.[Symbol.asyncDispose]()
  cloud = undefined
})

interface Hub {
  readonly nodeStatus?: number
  readonly caStatus?: number
  /** Seconds by which its clock is ahead. */
  readonly ahead?: number
  readonly ca?: Buffer
}
const hub =
  ({ nodeStatus = 404, caStatus = 200, ahead = 0, ca = der }: Hub = {}): RequestListener =>
  ({ url }, response) => {
    response.setHeader('Date', new Date(NOW + ahead * 1000).toUTCString())
    response.statusCode = url === '/ca.crt' ? caStatus : url === '/node/edge-1' ? nodeStatus : 500
    response.end(url === '/ca.crt' ? ca : '')
  }

async function ask(answer: RequestListener, changed: Partial<CloudQuestion> = {}) {
  cloud = await cloudHubTrial(pair, answer)
  const question = { host: 'localhost', nodeName: 'edge-1', caHash: undefined, now: () => NOW }
  return cloudFacts({ ...question, hubPort: cloud.hubPort, ...changed })
}

it('tells the ports, and the CA by its hash, without a check of it', async () => {
  const found = await ask(hub())
  const hubPort = cloud?.hubPort ?? 0
  expect(found).toMatchObject({ resolved: true, caHash: hash, foreignAddress: undefined })
  expect(found.ports.slice(0, 3)).toEqual([
    { port: hubPort, state: 'open' },
    { port: hubPort + 2, state: 'open' },
    { port: hubPort + 4, state: 'refused' },
  ])
})

it.each([
  [200, true],
  [404, false],
  [500, undefined],
])('takes status %s of the node for: taken %s', async (nodeStatus, taken) => {
  expect((await ask(hub({ nodeStatus }))).nodeTaken).toBe(taken)
})

it.each([0, 90, -3600])('tells the clock of a cloud that is %s s ahead', async (ahead) => {
  expect((await ask(hub({ ahead }))).clockOffset).toBe(ahead)
})

describe('with the hash of a join token', () => {
  it('checks the certificate as EdgeCore will: right for this name', async () => {
    expect(await ask(hub({ nodeStatus: 200 }), { caHash: hash })).toMatchObject({
      nodeTaken: true,
      foreignAddress: undefined,
    })
  })

  it('says that it is made for another address, and still asks for the node', async () => {
    const found = await ask(hub({ nodeStatus: 200 }), { caHash: hash, host: '127.0.0.1' })
    expect(found.foreignAddress).toContain('127.0.0.1')
    expect(found.nodeTaken).toBe(true)
  })

  it('does not check one of another CA: that is told by its hash', async () => {
    const found = await ask(hub(), { caHash: 'f'.repeat(64), host: '127.0.0.1' })
    expect(found).toMatchObject({ caHash: hash, foreignAddress: undefined, nodeTaken: false })
  })
})

it('takes nothing for a CA that comes with an error', async () => {
  expect(await ask(hub({ caStatus: 503 }))).toMatchObject({ caHash: undefined, clockOffset: 0 })
})

describe('a cloud that answers badly', () => {
  const UNKNOWN = { caHash: undefined, clockOffset: undefined, nodeTaken: undefined }

  it.each<[string, RequestListener]>([
    ['sends far more than a certificate', hub({ ca: Buffer.alloc(1_000_000) })],
    ['hangs up at once', ({ socket }) => void socket.destroy()],
    [
      'hangs up in the middle',
      ({ socket }, response) => {
        response.setHeader('Content-Length', '900')
        response.write('x', () => socket.destroy())
      },
    ],
  ])(
    'is not known, and not waited for: it %s',
    async (_what, answer) => {
      expect(await ask(answer)).toMatchObject({ resolved: true, ...UNKNOWN })
    },
    10_000,
  )
})

it('asks a name that cannot be resolved for nothing', async () => {
  expect(await ask(hub(), { host: 'nowhere.invalid' })).toMatchObject({ resolved: false, ports: [] })
})

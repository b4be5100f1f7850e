import { createHash, X509Certificate } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer as createHttps } from 'node:https'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { exec, mustExec } from '@edgelift/core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type CloudQuestion, cloudFacts } from '../../packages/installer/src/inspect/cloud-facts.ts'

const HOUR = 3_600_000
let folder = ''
let caHash = ''
let hubPort = 0
const servers: Server[] = []

/** What stands for CloudHub: its ports 0 and 2, an hour ahead, with a node `taken`; port 4 is closed. */
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'edgelift-hub-'))
  const openssl = (line: string) => mustExec(exec, 'openssl', line.split(' '), { cwd: folder })
  const key = '-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes'
  await openssl(`req -x509 ${key} -keyout ca.key -out ca.pem -subj /CN=KubeEdge -days 2`)
  await openssl(`req ${key} -keyout hub.key -out hub.csr -subj /O=KubeEdge/CN=KubeEdge`)
  await writeFile(path.join(folder, 'san'), 'subjectAltName=IP:127.0.0.1\n')
  await openssl('x509 -req -in hub.csr -CA ca.pem -CAkey ca.key -out hub.pem -days 2 -extfile san')
  const { raw } = new X509Certificate(await readFile(path.join(folder, 'ca.pem')))
  caHash = createHash('sha256').update(raw).digest('hex')
  const tls = {
    key: await readFile(path.join(folder, 'hub.key')),
    cert: await readFile(path.join(folder, 'hub.pem')),
  }
  const https = createHttps(tls, ({ url }, response) => {
    response.setHeader('Date', new Date(Date.now() + HOUR).toUTCString())
    response.statusCode = url === '/ca.crt' || url === '/node/taken' ? 200 : 404
    response.end(url === '/ca.crt' ? raw : '')
  })
  hubPort = (await listen(createServer(), 0)) ?? 0
  await listen(https, hubPort + 2)
})
afterAll(async () => {
  for (const server of servers) server.close()
  await rm(folder, { recursive: true })
})

function listen(server: Server, port: number): Promise<number> {
  servers.push(server)
  return new Promise((resolve, reject) => {
    server.on('error', reject)
    server.listen(port, () => resolve((server.address() as AddressInfo).port))
  })
}

function look(question: Partial<CloudQuestion>) {
  return cloudFacts({ host: '127.0.0.1', hubPort, nodeName: 'free', caHash, now: Date.now, ...question })
}

it('sees what is open and what is refused, the clock, the CA and whether a name is taken', async () => {
  const found = await look({ nodeName: 'taken' })
  expect(found.ports.slice(0, 3)).toEqual([
    { port: hubPort, state: 'open' },
    { port: hubPort + 2, state: 'open' },
    { port: hubPort + 4, state: 'refused' },
  ])
  expect(found).toMatchObject({ resolved: true, caHash, nodeTaken: true, foreignAddress: undefined })
  expect(found.clockOffset).toBeGreaterThan(3590)
  expect(found.clockOffset).toBeLessThan(3610)
  expect(await look({})).toMatchObject({ nodeTaken: false })
})

it('tells an address that the certificate is not made for, and asks about the name all the same', async () => {
  const found = await look({ host: '127.0.0.2', nodeName: 'taken' })
  expect(found).toMatchObject({ nodeTaken: true, foreignAddress: expect.stringContaining('127.0.0.2') })
})

it('says which CA it saw when the token names another one', async () => {
  expect(await look({ caHash: 'b'.repeat(64) })).toMatchObject({ caHash, foreignAddress: undefined })
})

it('asks nothing where nothing listens, or where there is no such name', async () => {
  const nothing = { caHash: undefined, clockOffset: undefined, nodeTaken: undefined }
  expect(await look({ hubPort: hubPort + 2 })).toMatchObject(nothing)
  expect(await look({ host: 'no-such-host.invalid' })).toMatchObject({
    resolved: false,
    ports: [],
    ...nothing,
  })
})

import { createServer, type Server } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { EDGE_CERTIFICATE } from '../kubeedge/edgecore-config.ts'
import { HTTPS_AFTER_HUB } from '../settings/edge.ts'
import { receiptFor } from '../state/host-changes.ts'
import { certificatePem } from '../testing/certificate.ts'
import { type CommandTrial, commandTrial } from '../testing/command.ts'
import { runsFor } from '../testing/process.ts'
import { BASELINE, HEAD } from '../testing/trial.ts'
import { renew } from './renew.ts'

const DAY = 86_400_000 // milliseconds
const days = (count: number) => new Date(Date.now() + count * DAY)

let node: CommandTrial
beforeEach(async () => {
  node = await commandTrial()
})
afterEach(() => node[Symbol.asyncDispose]())

async function joined(certificate: string, hubPort = 10000): Promise<void> {
  const settings = { role: 'edge', cloud: { host: '127.0.0.1', hubPort } }
  await node.install(receiptFor({ ...HEAD, settings }, undefined, BASELINE))
  await node.put(EDGE_CERTIFICATE, certificate)
}

/** Two ports that stand for CloudCore's, the second two above the first. */
async function hub(): Promise<AsyncDisposable & { readonly port: number }> {
  const listen = (port: number) =>
    new Promise<Server>((resolve, reject) => {
      const server = createServer((socket) => socket.destroy()).on('error', reject)
      server.listen(port, '127.0.0.1', () => resolve(server))
    })
  for (let port = 42_000; ; port += 3) {
    const servers = await Promise.allSettled([port, port + HTTPS_AFTER_HUB].map(listen))
    const open = servers.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
    const close = async () => void open.map((server) => server.close())
    if (open.length === 2) return { port, [Symbol.asyncDispose]: close }
    await close()
  }
}

const restarts = () => node.calls.filter((line) => /systemctl (re)?start edgecore/.test(line))

describe('renew', () => {
  it('says that nothing is installed', async () => {
    await expect(node.type(renew)).rejects.toMatchObject({ code: 'NOT_INSTALLED' })
  })

  it('leaves a certificate alone that lasts, and says until when', async () => {
    await joined(certificatePem(days(-1), days(364)))
    const said = await node.type(renew)
    expect(said).toMatchObject({ exit: 0, document: { changed: false, renewed: [] } })
    expect(said.en).toContain('No certificate was renewed.')
    expect(said.zh).toContain('没有续签证书。')
    expect(said.document.certificates).toMatchObject([{ name: 'edgecore' }])
    expect(restarts()).toEqual([])
  })

  it.each(['', 'no certificate'])(
    'does not take one that cannot be read for renewed: "%s"',
    async (content) => {
      await joined(content)
      await expect(node.type(renew)).rejects.toMatchObject({
        code: 'CERTIFICATE_OVER',
        what: { zh: expect.stringContaining('缺失或已损坏') },
        fix: { en: expect.stringContaining('./edgelift token') },
      })
      expect(restarts()).toEqual([])
    },
  )

  it('has EdgeCore renew one that ends soon', async () => {
    await using cloud = await hub()
    await joined(certificatePem(days(-345), days(20)), cloud.port)
    node.script('systemctl', async (args) => {
      if (args.includes('restart')) await node.put(EDGE_CERTIFICATE, certificatePem(days(0), days(365)))
      return ''
    })
    await runsFor(node, 'edgecore.service', 100)
    const said = await node.type(renew)
    expect(said).toMatchObject({ exit: 0, document: { changed: true, renewed: ['edgecore'] } })
    expect(said.en).toContain('Renewed: edgecore')
    expect(said.zh).toContain('已续签：edgecore')
    expect(said.notes.join()).toContain('pods keep running')
    expect(await node.text(String(said.document.log))).toContain('EdgeCore is restarted to renew it')
  })

  it('refuses one that has expired before anything is touched: EdgeCore would be refused with it', async () => {
    await joined(certificatePem(days(-366), days(-1)))
    await expect(node.type(renew)).rejects.toMatchObject({
      code: 'CERTIFICATE_OVER',
      fix: { en: expect.stringContaining('./edgelift token') },
    })
    expect(restarts()).toEqual([])
  })

  it("does not take for renewed what it could not read before, as the cloud's API was still starting", async () => {
    const head = { ...HEAD, role: 'cloud' as const, settings: { role: 'cloud' } }
    await node.install(receiptFor(head, undefined, BASELINE))
    const lasting = Buffer.from(certificatePem(days(-300), days(300))).toString('base64')
    const secrets = { casecret: 'cadata', cloudcoresecret: 'cloudcoredata', cloudcore: 'stream.crt' }
    const items = Object.entries(secrets).map(([name, key]) => ({
      metadata: { name },
      data: { [key]: lasting },
    }))
    let asked = 0
    node.script('/usr/local/bin/k3s kubectl', (args) => {
      if (args.includes('deployment/cloudcore')) return ''
      if (!args.includes('secret')) return { code: 1 }
      return asked++ < 2 ? { code: 1 } : JSON.stringify({ items })
    })
    node.script('systemctl is-active', 'activating')
    const said = await node.type(renew, {}, 'cloud')
    expect(said).toMatchObject({ exit: 0, document: { changed: false, renewed: [] } })
    expect(said.document.certificates).toMatchObject([
      { name: 'cloudhub' },
      { name: 'cloudstream' },
      { name: 'kubeedge-ca' },
    ])
  })
})

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { coreCodes, EXIT, failures as failing } from '@edgelift/core'
import { openRegistry, openTransport, parseReference } from '@edgelift/oci'
import { expect, it } from 'vitest'
import { fail } from './codes.ts'
import { failedItems } from './failed-items.ts'
import { error } from './findings.ts'
import { itemRunner } from './item-runner.ts'

const OUTCOME = { en: 'no lock was written', zh: '未生成锁定文件' }
const DAMAGED = fail('CHECKSUM_MISMATCH', { what: 'files.k3s is damaged', because: 'b', fix: 'ask upstream' })

/** Port 9 of loopback is closed; a server that is there has nothing. */
async function registries() {
  const server = createServer((_, response) => response.writeHead(404).end())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const up = `127.0.0.1:${(server.address() as AddressInfo).port}`
  const transport = openTransport({ plainHttp: ['127.0.0.1'], timeouts: { backoff: 1, maxBackoff: 1 } })
  return { up, down: '127.0.0.1:9', transport, [Symbol.dispose]: () => void server.close() }
}

it('names each image of a registry that is down, tries it three times only, and goes on with others', async () => {
  using given = await registries()
  const { up, down, transport } = given
  await using registry = openRegistry({ transport })
  const items = itemRunner()
  let tried = 0
  const manifest = (host: string, name: string) =>
    items.run({ where: `${host}/${name}`, host }, async () => {
      tried++
      return registry.fetchManifest(parseReference(`${host}/${name}`))
    })
  for (let i = 10; i < 40; i++) await manifest(down, `image${i}:1`)
  await manifest(up, 'absent:1')
  expect(tried).toBe(4)
  items.check()
  const thrown = failedItems(items.failures, { subject: 'r', outcome: OUTCOME })
  const json = JSON.parse(JSON.stringify(thrown))
  expect(json.findings).toHaveLength(31)
  for (const one of json.findings) {
    expect(one).toMatchObject({
      severity: 'error',
      cause: expect.stringMatching(/./),
      fix: expect.stringMatching(/./),
    })
  }
  const lines = thrown.because?.en.split('\n') ?? []
  expect(lines[0]).toBe(`[TRANSFER_FAILED] ${down}: connection refused (ECONNREFUSED); from it come`)
  expect(lines.slice(1, 31)).toEqual(Array.from({ length: 30 }, (_, i) => `  ${down}/image${i + 10}:1`))
  expect(lines[31]).toContain(`[REGISTRY_NOT_FOUND] ${up}/absent:1`)
  expect(thrown).toMatchObject({ code: 'TRANSFER_FAILED', exit: EXIT.failed })
})

it('asks a registry that is down on for what its mirror may have', async () => {
  using given = await registries()
  const { up, down, transport } = given
  await using registry = openRegistry({ transport, mirrors: { [down]: [up] } })
  const items = itemRunner()
  let tried = 0
  for (let i = 0; i < 5; i++)
    await items.run({ where: `image${i}`, host: down }, async () => {
      tried++
      return registry.fetchManifest(parseReference(`${down}/image${i}:1`))
    })
  expect(tried).toBe(5)
})

it('has the code and exit of the worst failure, and lists what else was found', () => {
  const item = (where: string) => ({ where, host: 'h' })
  const refused = fail('MEMBER_MISSING', { what: 'no runc', fix: 'check the name' })
  const failures = [
    { item: item('files.runc'), error: refused },
    { item: item('files.k3s'), error: DAMAGED },
  ]
  const findings = [error('IMAGE_PHANTOM', 'images.x', { en: 'not published', zh: '未发布' })]
  const thrown = failedItems(failures, { subject: 'r', outcome: OUTCOME, findings })
  expect(thrown).toMatchObject({ code: 'CHECKSUM_MISMATCH', exit: EXIT.integrity })
  expect(thrown.because?.en).toBe(
    '[MEMBER_MISSING] files.runc: no runc\n[CHECKSUM_MISMATCH] files.k3s: files.k3s is damaged: b\n[IMAGE_PHANTOM] images.x: not published',
  )
  expect(thrown.fix?.en).toBe('check the name\nask upstream')
  expect(thrown.findings.map(({ code }) => code)).toEqual([
    'IMAGE_PHANTOM',
    'MEMBER_MISSING',
    'CHECKSUM_MISMATCH',
  ])
})

it('lets one failure speak for itself', () => {
  const thrown = failedItems([{ item: { where: 'files.k3s', host: 'h' }, error: DAMAGED }], {
    subject: 'r',
    outcome: OUTCOME,
  })
  expect(thrown.what).toEqual(DAMAGED.what)
  expect(thrown.findings).toHaveLength(1)
})

it('ends the run where no item is to blame', async () => {
  const items = itemRunner()
  const item = { where: 'a', host: 'h' }
  const full = failing(coreCodes)('DISK_FULL', { what: 'the disk is full' })
  await items.run(item, () => Promise.reject(full))
  expect(await items.run(item, async () => 'not begun')).toBeUndefined()
  expect(items.check).toThrow(full)
})

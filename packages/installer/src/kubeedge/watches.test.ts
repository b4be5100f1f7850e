import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, it } from 'vitest'
import { announceWatches } from './watches.ts'

it('opens a watch of Endpoints and closes it, and bears a metaServer that is not there', async () => {
  const seen: string[] = []
  const server = createServer((asked, answer) => {
    seen.push(`open ${asked.url}`)
    answer.flushHeaders()
    answer.on('close', () => seen.push('closed'))
  })
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
  const { port } = server.address() as AddressInfo
  await announceWatches(`127.0.0.1:${port}`, 10)
  await expect.poll(() => seen).toEqual([expect.stringMatching(/^open .*\/endpoints\?watch=true&/), 'closed'])
  await new Promise((done) => server.close(done))
  await announceWatches(`127.0.0.1:${port}`, 10)
})

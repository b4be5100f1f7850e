import { expect, it } from 'vitest'
import { trial } from '../testing/trial.ts'
import { hasLivingConnection, hubPeers, isHubConnected, livingPeers } from './hub-connection.ts'

const connection = (lastack: string) =>
  `0      0          10.77.0.2:40822      10.77.0.1:10000\n\t cubic wscale:7,7 rto:204 lastsnd:5012 lastrcv:5012${lastack} pacing_rate 1Gbps`

it('is connected by a connection from which something has been heard', () => {
  expect(hasLivingConnection(connection(' lastack:4976'))).toBe(true)
  expect(hasLivingConnection(connection(''))).toBe(true)
  expect(hasLivingConnection(`${connection(' lastack:240000')}\n${connection(' lastack:10')}`)).toBe(true)
})

it('is not connected by none, nor by one whose other side went away without a word', () => {
  expect(hasLivingConnection('')).toBe(false)
  expect(hasLivingConnection(connection(' lastack:240000'))).toBe(false)
})

it('names the other side of each living connection', () => {
  const from = (peer: string, lastack: number) =>
    `0      0          [::ffff:10.77.0.1]:10000      ${peer}\n\t cubic lastack:${lastack}`
  const text = [from('[::ffff:10.77.0.2]:40822', 9), from('10.77.0.3:1', 9), from('10.77.0.4:1', 240_000)]
  expect(livingPeers(text.join('\n'))).toEqual(['10.77.0.2', '10.77.0.3'])
})

const HEADER = 'Recv-Q Send-Q Local Address:Port Peer Address:PortProcess'

it('takes the names of columns for no connection', () => {
  expect(hasLivingConnection(HEADER)).toBe(false)
  expect(livingPeers(`${HEADER}\n${connection(' lastack:9')}`)).toEqual(['10.77.0.1'])
})

it('does not know of connections where ss fails', async () => {
  await using on = await trial()
  on.script('ss', { code: 255, stderr: 'Cannot open netlink socket' })
  expect(await isHubConnected(on.host, 10000)).toBeUndefined()
  expect(await hubPeers(on.host, 10000)).toMatchObject({
    unread: { said: { en: 'Cannot open netlink socket' } },
  })
  on.script('ss', HEADER)
  expect(await isHubConnected(on.host, 10000)).toBe(false)
  expect(await hubPeers(on.host, 10000)).toEqual({ peers: [] })
})

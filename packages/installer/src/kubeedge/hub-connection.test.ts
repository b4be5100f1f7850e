import { expect, it } from 'vitest'
import { hasLivingConnection } from './hub-connection.ts'

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

import { expect, it } from 'vitest'
import type { Host } from '../node/host.ts'
import { isNodeDeleted } from './node-identity.ts'

const CONNECTION = 'ESTAB 0 0 10.77.0.2:4 10.77.0.1:10000\n\t lastack:9\n'
const hostWith = (ss: string): Host => ({
  root: '/',
  env: {},
  now: Date.now,
  exec: async () => ({ code: 0, stdout: ss, stderr: '' }),
})

it('takes a Node for deleted when the cloud says so, not when metaServer answers without it', async () => {
  const asked: string[] = []
  const look = (ss: string, isNotFound: boolean) =>
    isNodeDeleted(hostWith(ss), { nodeName: 'edge', hubPort: 10000 }, async (_host, path) => {
      asked.push(path)
      return isNotFound
    })
  expect(await look(CONNECTION, true)).toBe(true)
  expect(await look(CONNECTION, false)).toBe(false)
  expect(await look('', true)).toBe(false)
  expect(asked).toEqual(['/api/v1/nodes/edge', '/api/v1/nodes/edge'])
})

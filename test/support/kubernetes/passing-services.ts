import type { TestNode } from '../nodes/types.ts'
import { kubectl } from './index.ts'

/** Services that come and go: whoever watches them has seen much of the datastore, which a copy of before has not. */
export async function passingServices(cloud: TestNode): Promise<void> {
  const items = Array.from({ length: 100 }, (_, n) => ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: `passing-${n}` },
    spec: { ports: [{ port: 80 }] },
  }))
  const input = JSON.stringify({ apiVersion: 'v1', kind: 'List', items })
  await kubectl(cloud, ['apply', '-f', '-'], { input })
  await kubectl(cloud, ['delete', '-f', '-'], { input })
}

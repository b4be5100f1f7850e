import { expect, it } from 'vitest'
import { testObjects } from './test-objects.ts'

it('looks from every node, sees DNS on edges alone, and puts replicas on Ready nodes only', () => {
  const { items } = testObjects('ns', 'image', {
    everywhere: ['cloud', 'edge'],
    edges: ['edge'],
    oldService: '10.43.0.10',
  }) as {
    items: { kind: string; metadata: { name: string }; spec: { nodeName?: string } }[]
  }
  const pods = items.filter(({ kind }) => kind === 'Pod')
  expect(pods.map(({ metadata, spec }) => [metadata.name, spec.nodeName])).toEqual([
    ['client-0', 'cloud'],
    ['client-1', 'edge'],
    ['dns-0', 'edge'],
    ['old-0', 'edge'],
  ])
  const deployment = JSON.stringify(items.find(({ kind }) => kind === 'Deployment'))
  expect(deployment).toContain('"values":["edge"]')
  expect(deployment).toContain('"replicas":2')
})

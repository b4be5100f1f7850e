import { expect, it } from 'vitest'
import { kindOf } from './kinds.ts'

const url = { kind: 'url', url: 'https://a/b', trust: 'first-use' } as const
it.each([
  ['images/a.tar', '0644', { kind: 'image', reference: 'a', digest: 'b' }, 'images'],
  ['install.sh', '0755', { kind: 'edgelift', version: '1' }, 'installer'],
  ['docs/en/x.md', '0644', { kind: 'edgelift', version: '1' }, 'records'],
  ['runtime/node', '0755', url, 'runtime'],
  ['runtime-of-mine', '0755', url, 'programs'],
  ['helm-charts/a.tgz', '0644', url, 'charts'],
  ['crds/a.yaml', '0644', url, 'objects'],
  ['crds/a.yml', '0755', url, 'objects'],
  ['k3s', '0755', url, 'programs'],
  ['list.txt', '0644', url, 'records'],
] as const)('%s (%s) is one of the kind that its reader looks for', (path, mode, origin, kind) => {
  expect(kindOf({ path, mode, origin })).toBe(kind)
})

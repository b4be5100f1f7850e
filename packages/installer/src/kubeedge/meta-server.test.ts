import { expect, it } from 'vitest'
import { hasEdgeMeshLabel } from './meta-server.ts'

const service = (namespace: string, name: string, labels = {}) => ({ metadata: { namespace, name, labels } })
const dns = service('kube-system', 'kube-dns')
const LABEL = { 'service.edgemesh.kubeedge.io/service-proxy-name': '' }

it.each([
  ['the label is there', { items: [dns, service('default', 'kubernetes', LABEL)] }, true],
  ['it is not', { items: [dns, service('default', 'kubernetes')] }, false],
  ["the database of an edge with EdgeMesh, which lacks the API's own service", { items: [dns] }, undefined],
  ['an empty list', { items: null }, undefined],
  ['no list', undefined, undefined],
])('tells whether the cloud has EdgeMesh: %s', (_what, list, expected) => {
  expect(hasEdgeMeshLabel(list)).toBe(expected)
})

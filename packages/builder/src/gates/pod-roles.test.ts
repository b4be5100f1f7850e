import { describe, expect, it } from 'vitest'
import { rolesOfPod } from './pod-roles.ts'

const affinity = (...terms: unknown[]): object => ({
  affinity: {
    nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: terms } },
  },
})
const rule = (key: string, operator: string, ...values: string[]): object => ({ key, operator, values })
const term = (...rules: object[]): object => ({ matchExpressions: rules })
const EDGE = 'node-role.kubernetes.io/edge'
const CONTROL = 'node-role.kubernetes.io/control-plane'

describe('where a pod can run', () => {
  it.each<[string, object, string]>([
    ['no rules', {}, 'cloud edge'],
    ['a node by its name', { nodeName: 'x', nodeSelector: { [EDGE]: '' } }, 'cloud edge'],
    ['an empty name', { nodeName: '', nodeSelector: { [EDGE]: '' } }, 'edge'],
    ['the label of edges', { nodeSelector: { [EDGE]: '' } }, 'edge'],
    ['the label of edges with a value', { nodeSelector: { [EDGE]: 'true' } }, ''],
    ['the label of the control plane', { nodeSelector: { [CONTROL]: 'true' } }, 'cloud'],
    ['a value that YAML reads as true', { nodeSelector: { [CONTROL]: true } }, 'cloud'],
    ['a label that any node may have', { nodeSelector: { site: 'a' } }, 'cloud edge'],
    ['another system', { nodeSelector: { 'kubernetes.io/os': 'windows' } }, ''],
    ['this architecture', { nodeSelector: { 'kubernetes.io/arch': 'amd64' } }, 'cloud edge'],
    ['another architecture', { nodeSelector: { 'beta.kubernetes.io/arch': 'arm64' } }, ''],
    ['both, which no node has', { nodeSelector: { [EDGE]: '', [CONTROL]: 'true' } }, ''],
    ['a rule that the label is there', affinity(term(rule(EDGE, 'Exists'))), 'edge'],
    ['a rule that the label is not there', affinity(term(rule(EDGE, 'DoesNotExist'))), 'cloud'],
    ['a rule with a value', affinity(term(rule(CONTROL, 'In', 'true', 'x'))), 'cloud'],
    ['a rule against a value', affinity(term(rule(CONTROL, 'NotIn', 'true'))), 'edge'],
    ['a rule with a value that no node has', affinity(term(rule('kubernetes.io/os', 'In', 'windows'))), ''],
    [
      'a rule about a label that any node may have',
      affinity(term(rule('site', 'DoesNotExist'))),
      'cloud edge',
    ],
    ['a rule that compares numbers', affinity(term(rule(EDGE, 'Gt', '3'))), 'cloud edge'],
    ['rules of which all must hold', affinity(term(rule(EDGE, 'Exists'), rule(CONTROL, 'Exists'))), ''],
    [
      'terms of which one must hold',
      affinity(term(rule(EDGE, 'Exists')), term(rule(CONTROL, 'Exists'))),
      'cloud edge',
    ],
    ['a term without rules', affinity(term()), ''],
    ['a term about fields', affinity({ matchFields: [rule('metadata.name', 'In', 'x')] }), 'cloud edge'],
    ['no terms', affinity(), ''],
    [
      'terms that are no list',
      { affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: {} } } },
      '',
    ],
    [
      'a preference',
      { affinity: { nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [] } } },
      'cloud edge',
    ],
    ['rules of another form', { nodeSelector: [], affinity: 'x' }, 'cloud edge'],
    [
      'a selector and a rule that exclude each other',
      { nodeSelector: { [EDGE]: '' }, ...affinity(term(rule(EDGE, 'DoesNotExist'))) },
      '',
    ],
  ])('with %s', (_what, pod, roles) => {
    expect(rolesOfPod(pod, 'linux/amd64').join(' ')).toBe(roles)
  })

  it('depends on the platform', () => {
    expect(rolesOfPod({ nodeSelector: { 'kubernetes.io/arch': 'arm64' } }, 'linux/arm64')).toEqual([
      'cloud',
      'edge',
    ])
  })
})

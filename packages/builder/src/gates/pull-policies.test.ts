import { expect, it } from 'vitest'
import { pullPoliciesIn } from './pull-policies.ts'

const metadata = { name: 'operator' }
const deployment = (container: object) => ({
  ...{ apiVersion: 'apps/v1', kind: 'Deployment', metadata },
  spec: { template: { spec: { containers: [{ name: 'x', image: 'a:1', ...container }] } } },
})

it.each([
  [
    'a field of a custom resource',
    { apiVersion: 'x/v1', kind: 'Proxy', metadata, spec: { sidecar: { imagePullPolicy: 'Always' } } },
    'Proxy operator, spec.sidecar.imagePullPolicy',
  ],
  [
    'a variable of an operator',
    deployment({ env: [{ name: 'AGENT_PULL_POLICY', value: 'Always' }] }),
    'Deployment operator, spec.template.spec.containers[0].env[0].value',
  ],
  [
    'an argument',
    deployment({ args: ['--agent-image-pull-policy=always'] }),
    'Deployment operator, spec.template.spec.containers[0].args[0]',
  ],
])('names %s that has pods ask a registry at every start', (_what, object, place) => {
  expect(pullPoliciesIn(object)).toEqual([place])
})

it.each([
  ['a pod’s own container, which another gate judges', deployment({ imagePullPolicy: 'Always' })],
  ['another policy', deployment({ env: [{ name: 'AGENT_PULL_POLICY', value: 'IfNotPresent' }] })],
  ['another field', { apiVersion: 'x/v1', kind: 'Proxy', metadata, spec: { restartPolicy: 'Always' } }],
])('names nothing of %s', (_what, object) => {
  expect(pullPoliciesIn(object)).toEqual([])
})

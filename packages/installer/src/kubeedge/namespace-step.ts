import { type ClusterAccess, kubectl, tryKubectl } from '../kube/kubectl.ts'
import { defineStep } from '../steps/step.ts'

export interface NamespaceInputs {
  readonly cluster: ClusterAccess
  readonly name: string
}

export const namespace = defineStep<NamespaceInputs>({
  id: 'namespace',
  title: ({ name }) => ({ en: `create namespace ${name}`, zh: `创建命名空间 ${name}` }),
  check: async ({ host }, { cluster, name }) =>
    (await tryKubectl({ host, ...cluster }, 'get', 'namespace', name)) !== undefined,
  async apply({ host, changes }, { cluster, name }) {
    await changes.record({ kind: 'object', resource: 'namespace', name })
    await kubectl({ host, ...cluster }, ['create', 'namespace', name])
  },
})

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
    ((await tryKubectl({ host, ...cluster }, ...question(name))) ?? '') !== '',
  async apply({ host, changes }, { cluster, name }) {
    // One that edgelift did not create, and a silent API seemed to lack: recorded, a cleanup would delete it with all that is in it.
    if ((await kubectl({ host, ...cluster }, question(name))) !== '') return
    await changes.record({ kind: 'object', resource: 'namespace', name })
    await kubectl({ host, ...cluster }, ['create', 'namespace', name])
  },
})

function question(name: string): string[] {
  return ['get', 'namespace', name, '--ignore-not-found', '-o', 'name']
}

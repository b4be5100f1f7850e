import path from 'node:path'
import { PATHS } from '@edgelift/bundle'
import { type ClusterAccess, kubectl, tryKubectl } from '../kube/kubectl.ts'
import { restored } from '../steps/drift.ts'
import { type Drift, defineStep } from '../steps/step.ts'

export interface IstioCrdsInputs {
  readonly cluster: ClusterAccess
  /** Plural names of Istio's resources that EdgeMesh reads. */
  readonly resources: readonly string[]
}

export const istioCrds = defineStep<IstioCrdsInputs>({
  id: 'istio-crds',
  title: { en: 'install the Istio CRDs', zh: '安装 Istio CRD' },
  check: async ({ host }, { cluster, resources }) =>
    (await tryKubectl({ host, ...cluster }, 'get', 'crd', ...resources.map(crdOf))) !== undefined,
  async drift({ host }, { cluster, resources }) {
    const names = resources.map(crdOf)
    const text = await tryKubectl(
      { host, ...cluster },
      'get',
      'crd',
      ...names,
      '--ignore-not-found',
      '-o',
      'name',
    )
    return names.filter((name) => text?.includes(name) === false).map(missingCrd)
  },
  async apply({ host, directory, changes, report }, { cluster, resources }) {
    const at = { host, ...cluster }
    const there = await kubectl(at, [
      'get',
      'crd',
      ...resources.map(crdOf),
      '--ignore-not-found',
      '-o',
      'name',
    ])
    const missing = resources.filter((resource) => !there.includes(crdOf(resource)))
    for (const resource of missing) {
      const crd = { kind: 'object', resource: 'crd', name: crdOf(resource) } as const
      if (changes.has(crd)) restored({ report }, [missingCrd(crd.name).place])
      await changes.record(crd)
    }
    const given = missing.flatMap((one) => ['-f', path.join(directory, PATHS.istioCrds, `${one}.yaml`)])
    if (given.length > 0) await kubectl(at, ['apply', '--server-side', ...given])
  },
})

function crdOf(resource: string): string {
  return `${resource}.networking.istio.io`
}

function missingCrd(name: string): Drift {
  return { kind: 'object', place: `CustomResourceDefinition ${name}`, state: 'missing', fields: [] }
}

import path from 'node:path'
import { PATHS } from '@edgelift/bundle'
import { readKubernetesYaml, readRegular } from '@edgelift/core'
import { applyCrds, Crd, type CrdDrift } from '../kube/crds.ts'
import { apiResponds, type ClusterAccess } from '../kube/kubectl.ts'
import type { Run } from '../steps/run.ts'
import { defineStep } from '../steps/step.ts'
import { archiveCrds, placesOf, recordCrds, tellCrds } from './archive-crds.ts'

export interface IstioCrdsInputs {
  readonly cluster: ClusterAccess
  /** Plural names of Istio's resources that EdgeMesh reads. */
  readonly resources: readonly string[]
}

export const istioCrds = defineStep<IstioCrdsInputs>({
  id: 'istio-crds',
  title: { en: 'install the Istio CRDs', zh: '安装 Istio CRD' },
  check: async (run, inputs) => (await differing(run, inputs)).length === 0,
  drift: async (run, inputs) =>
    (await apiResponds({ host: run.host, ...inputs.cluster })) ? placesOf(await differing(run, inputs)) : [],
  async apply(run, inputs) {
    const crds = await differing(run, inputs)
    tellCrds(run, crds)
    await recordCrds(run, crds)
    await applyCrds({ host: run.host, ...inputs.cluster }, crds)
  },
})

async function differing(run: Run, { cluster, resources }: IstioCrdsInputs): Promise<CrdDrift[]> {
  const crds: Crd[] = []
  for (const resource of resources) {
    const text = String(await readRegular(path.join(run.directory, PATHS.istioCrds, `${resource}.yaml`)))
    crds.push(...readKubernetesYaml(text).flatMap((document) => Crd.safeParse(document).data ?? []))
  }
  return archiveCrds(run, { host: run.host, ...cluster }, crds)
}

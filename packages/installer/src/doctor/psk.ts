import type { BundleManifest } from '@edgelift/bundle'
import type { Bundle } from '../kube/helm.ts'
import type { Cluster } from '../kube/kubectl.ts'
import { othersPskFix, refusedPskSeen, WHO_KNOWS } from '../kubeedge/psk.ts'
import { refusedPskInUse } from '../kubeedge/psk-in-use.ts'
import type { Launcher } from '../state/way-back.ts'
import { again, type Diagnosis } from './diagnosis.ts'

/** Whether EdgeMesh runs with a key that no installation would take. @throws COMMAND_FAILED where helm cannot tell */
export async function pskDiagnoses(
  cluster: Cluster,
  bundle: Bundle & { readonly manifest: BundleManifest },
  launcher: Launcher,
): Promise<Diagnosis[]> {
  const found = await refusedPskInUse(cluster, bundle, { options: new Set(), facts: new Set() })
  if (found === undefined) return []
  return [
    {
      code: 'PSK_UNSAFE',
      severity: 'warning',
      seen: refusedPskSeen(found),
      cause: WHO_KNOWS,
      fix: found.ours ? again(launcher) : othersPskFix(found),
    },
  ]
}

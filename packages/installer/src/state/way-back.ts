import { same, type Text } from '@edgelift/core'
import type { Receipt } from './receipt.ts'

/** Not on an existing cluster, whose datastore is its own: there is no copy of it. */
export function canRollBack({ kubeEdgeOnly }: Pick<Receipt, 'kubeEdgeOnly'>): boolean {
  return kubeEdgeOnly === undefined
}

/** The launcher by which this node was installed: the other one refuses it. */
export function launcherOf({ kubeEdgeOnly }: Partial<Pick<Receipt, 'kubeEdgeOnly'>>): Launcher {
  return launcherFor(kubeEdgeOnly !== undefined)
}

/** @param kubeEdgeOnly whether KubeEdge alone is installed, on an existing cluster */
export function launcherFor(kubeEdgeOnly: boolean): Launcher {
  return kubeEdgeOnly ? './install-kubeedge-only.sh' : './install.sh'
}
export type Launcher = './install.sh' | './install-kubeedge-only.sh'

/** The release before an upgrade, and the command that leads back to it; on an existing cluster it is that archive's own. */
export function commandBack({
  former,
  kubeEdgeOnly,
}: Pick<Receipt, 'former' | 'kubeEdgeOnly'>):
  | { readonly bundle: string; readonly command: Text }
  | undefined {
  if (former === undefined) return undefined
  const command = canRollBack({ kubeEdgeOnly })
    ? same('./edgelift rollback')
    : {
        en: './install-kubeedge-only.sh in its directory',
        zh: './install-kubeedge-only.sh（在其目录中执行）',
      }
  return { bundle: former.bundle, command }
}

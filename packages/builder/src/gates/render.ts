import { type BundleChart, type Choice, SAMPLE_SETTINGS, valuesOf } from '@edgelift/bundle'
import type { Digest, Exec } from '@edgelift/core'
import type { Store } from '@edgelift/oci'
import pLimit from 'p-limit'
import { type Helm, openHelm, type Rendered, type Template } from './helm.ts'
import { keptRendering } from './kept-rendering.ts'

export interface RendererOptions {
  readonly store: Store
  readonly exec: Exec
  /** The helm of the archive, for this machine. */
  readonly helm: Digest
  /** The cluster's version, which charts may ask for: `v1.34.2+k3s1`. */
  readonly kubeVersion: string | undefined
}

/** The cluster that a chart is rendered for, as far as templates can see it. */
export interface ClusterState {
  /** `helm.cattle.io/v1`, `apps/v1/Deployment`: beside those that Helm knows itself. */
  readonly apiVersions: readonly string[]
  /** The release is there already: `.Release.IsUpgrade`. */
  readonly upgrade: boolean
}

export const FIRST_INSTALL: ClusterState = { apiVersions: [], upgrade: false }

export interface Renderer extends AsyncDisposable {
  /**
   * A packed chart of the store, with the values of one choice. What the same helm has rendered of the same, in whichever
   * run, is not rendered again.
   * @throws HELM_UNAVAILABLE when helm is needed and does not run here
   */
  render(chart: BundleChart, packed: Digest, choice: Choice, cluster?: ClusterState): Promise<Rendered>
}

const AT_ONCE = 2 // each helm takes a core and some 100 MB

/** A renderer that gets the archive's helm ready when it first needs it. */
export function openRenderer({ store, exec, helm: program, kubeVersion }: RendererOptions): Renderer {
  const limit = pLimit(AT_ONCE)
  const done = new Map<string, Promise<Rendered>>()
  let opened: Promise<Helm> | undefined
  const run = async (template: Template): Promise<Rendered> => {
    opened ??= openHelm(store, program, exec)
    return (await opened).template(template)
  }
  return {
    async [Symbol.asyncDispose]() {
      await (await opened?.catch(() => undefined))?.[Symbol.asyncDispose]()
    },
    render(chart, packed, choice, cluster = FIRST_INSTALL) {
      const { release, namespace } = chart
      // Most charts have the same values on every platform.
      const values = JSON.stringify(valuesOf(chart, choice, SAMPLE_SETTINGS))
      const template = { release, namespace, packed, values, cluster: clusterOptions(cluster, kubeVersion) }
      const key = JSON.stringify([program, template])
      const running = done.get(key) ?? limit(() => keptRendering(store, key, () => run(template)))
      running.catch(() => {}) // who awaits it sees it; who has left because another one failed need not
      done.set(key, running)
      return running
    },
  }
}

function clusterOptions({ apiVersions, upgrade }: ClusterState, kubeVersion: string | undefined): string[] {
  return [
    ...(kubeVersion === undefined ? [] : ['--kube-version', kubeVersion]),
    ...apiVersions.flatMap((version) => ['--api-versions', version]),
    ...(upgrade ? ['--is-upgrade'] : []),
  ]
}

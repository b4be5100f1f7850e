import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { BundleChart } from '@edgelift/bundle'
import { type Exec, exec } from '@edgelift/core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import {
  effectiveValues,
  ownReleases,
  ownValues,
  releaseManifest,
  releaseOf,
  releaseValues,
  uninstall,
  upgrade,
} from '../../packages/installer/src/kube/helm.ts'
import { chartCrds, packedChart } from '../../packages/installer/src/kube/packed-chart.ts'
import { npmProgram } from '../support/upstream/npm-programs.ts'

let directory: string
beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'edgelift-helm-'))
  await mkdir(path.join(directory, 'bin'))
  const helm = await npmProgram('helm', 'linux/amd64')
  if (typeof helm !== 'string') throw new Error('helm is needed')
  await symlink(helm, path.join(directory, 'bin/helm'))
})
afterAll(() => rm(directory, { recursive: true, force: true }))

const chart = {
  ...{ name: 'cloudcore', release: 'cloudcore', namespace: 'kubeedge', path: 'charts/cloudcore.tgz' },
  ...{ values: {}, variants: [] },
} as unknown as BundleChart

/** Each with which the installer calls helm; what it makes of the help that it gets is of no matter. */
const CALLS: Readonly<Record<string, (bundle: Bundle, cluster: Cluster) => Promise<unknown>>> = {
  list: ownReleases,
  'get metadata': (bundle, cluster) => releaseOf(bundle, cluster, chart),
  'get values': (bundle, cluster) => releaseValues(bundle, cluster, chart),
  'get values --all': (bundle, cluster) => effectiveValues(bundle, cluster, chart),
  'get manifest': (bundle, cluster) => releaseManifest(bundle, cluster, chart),
  history: (bundle, cluster) => ownValues(bundle, cluster, chart),
  upgrade: (bundle, cluster) => upgrade(bundle, cluster, { chart, values: {}, report: () => {} }),
  uninstall: (bundle, cluster) => uninstall(bundle, cluster, chart),
  'show chart': (bundle) => packedChart(bundle, chart),
  template: (bundle) => chartCrds(bundle, chart, {}),
}
type Bundle = Parameters<typeof ownReleases>[0]
type Cluster = Parameters<typeof ownReleases>[1]

it.each(Object.keys(CALLS))(
  'the helm of the archive has every flag with which it is called: %s',
  async (name) => {
    const said: { readonly line: string; readonly code: number; readonly stderr: string }[] = []
    // Flags are read before help is given, and nothing is done.
    const asking: Exec = async (command, args, options) => {
      const result = await exec(command, [...args, '--help'], { ...options, timeout: 60_000 })
      said.push({ line: args.join(' '), code: result.code, stderr: result.stderr })
      return result
    }
    const host = { root: '/', env: {}, now: Date.now, exec: asking }
    const cluster = { host, kubectl: ['true'], kubeconfig: '/etc/rancher/k3s/k3s.yaml' } as const
    await CALLS[name]?.({ host, directory }, { ...cluster, kubectl: ['true'] }).catch(() => {})
    expect(said).toEqual([{ line: expect.stringMatching(`^${name.split(' --')[0]}`), code: 0, stderr: '' }])
  },
)

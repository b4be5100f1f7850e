import type { BundleManifest } from '@edgelift/bundle'
import { expect, it } from 'vitest'
import { K3S_CLUSTER } from '../kube/access.ts'
import { NO_RELEASE, trial } from '../testing/trial.ts'
import { pskDiagnoses } from './psk.ts'

const HELM = '/data/archive/bin/helm get'
const PUBLISHED = 'JugH9HP1XBouyO5pWGeZa8LtipDURrf17EJvUHcJGuQ='

it.each([
  ['of others', {}, /^set another key in that release \(agent\.psk\)/],
  ['of ours', { 'installed-by': 'edgelift' }, /^run \.\/install\.sh again/],
])(
  'names the published key that a release %s runs with by its chart’s default',
  async (_whose, labels, fix) => {
    await using on = await trial()
    const charts = [
      {
        ...{ name: 'edgemesh', release: 'edgemesh', namespace: 'kubeedge', variants: [] },
        ...{ when: { option: 'edgemesh' }, values: { agent: { psk: { $setting: 'psk' } } } },
      },
    ]
    const bundle = {
      host: on.host,
      directory: '/data/archive',
      manifest: { charts } as unknown as BundleManifest,
    }
    const look = () => pskDiagnoses({ host: on.host, ...K3S_CLUSTER }, bundle, './install.sh')
    on.script(`${HELM} values edgemesh`, NO_RELEASE)
    expect(await look()).toEqual([])
    on.script(`${HELM} values edgemesh`, (args) =>
      args.includes('--all') ? `{"agent":{"psk":"${PUBLISHED}"}}` : 'null',
    )
    on.script(
      `${HELM} metadata edgemesh`,
      JSON.stringify({ status: '', deployedAt: '', version: '', labels }),
    )
    const found = await look()
    expect(found).toMatchObject([
      { code: 'PSK_UNSAFE', severity: 'warning', fix: { en: expect.stringMatching(fix) } },
    ])
    expect(JSON.stringify(found)).not.toContain(PUBLISHED)
    on.script(`${HELM} values edgemesh`, { code: 1, stderr: 'no way to the API' })
    await expect(look()).rejects.toMatchObject({ code: 'COMMAND_FAILED' })
  },
)

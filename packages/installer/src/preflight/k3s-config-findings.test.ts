import { expect, it } from 'vitest'
import { cloud, codes, edge, found } from './preflight.sample.ts'

const facts = { k3sReads: ['/etc/rancher/k3s/config.yaml.d/10.yaml', '/etc/default/k3s'] }

it('a cloud is told which files of others its K3s will read', () => {
  const [finding] = found({ settings: cloud, facts })
  expect(finding).toMatchObject({ code: 'K3S_CONFIG_BESIDE', severity: 'warning' })
  for (const text of [finding?.seen.en, finding?.seen.zh])
    for (const file of facts.k3sReads) expect(text).toContain(file)
})

it('where no K3s of ours runs, it is nothing to us', () => {
  expect(codes({ settings: edge, facts })).toEqual([])
  expect(codes({ settings: cloud, facts, kubeEdgeOnly: true })).toEqual([])
})

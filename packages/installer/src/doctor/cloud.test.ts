import { expect, it } from 'vitest'
import { K3S, KUBECONFIG, type Place } from '../kube/access.ts'
import type { Facts } from '../node/facts.ts'
import { receiptFor } from '../state/host-changes.ts'
import { BASELINE, HEAD, trial } from '../testing/trial.ts'
import { cloudDiagnoses } from './cloud.ts'

const facts = { hostname: 'cloud', ownAddresses: [], defaultRoute: undefined } as unknown as Facts

it.each([
  ['does not list its nodes', { code: 1 }, false],
  ['lists something else', 'no JSON', false],
  ['lists none', '{"items":[]}', true],
])(
  'takes its Node for deleted only by the word of the API: one that %s',
  async (_what, answer, isDeleted) => {
    await using node = await trial()
    const kubectl = `${K3S} kubectl --kubeconfig ${KUBECONFIG}`
    node.script(`${kubectl} get --raw /readyz`, 'ok')
    node.script(`${kubectl} get nodes`, answer)
    const manifest = { role: 'cloud', settings: { testImage: '', k3sDisable: [] } }
    const place = { host: node.host, directory: '/data/archive', manifest } as unknown as Place
    const head = { ...HEAD, role: 'cloud' as const, settings: { role: 'cloud' }, node: { name: 'cloud' } }
    const found = await cloudDiagnoses(place, receiptFor(head, undefined, BASELINE), facts, {
      report: () => {},
      signal: new AbortController().signal,
      installed: undefined,
    })
    expect(found.some(({ code }) => code === 'NODE_DELETED')).toBe(isDeleted)
  },
)

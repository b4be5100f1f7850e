import { expect, it } from 'vitest'
import { K3S, KUBECONFIG, type Place } from '../kube/access.ts'
import type { Facts } from '../node/facts.ts'
import { receiptFor } from '../state/host-changes.ts'
import { BASELINE, HEAD, type Trial, trial } from '../testing/trial.ts'
import { cloudDiagnoses } from './cloud.ts'

const KUBECTL = `${K3S} kubectl --kubeconfig ${KUBECONFIG}`

async function look(node: Trial) {
  const manifest = { role: 'cloud', charts: [], settings: { testImage: '', k3sDisable: [] } }
  const place = { host: node.host, directory: '/data/archive', manifest } as unknown as Place
  const head = { ...HEAD, role: 'cloud' as const, settings: { role: 'cloud' }, node: { name: 'cloud' } }
  return cloudDiagnoses(place, receiptFor(head, undefined, BASELINE), facts, {
    report: () => {},
    signal: new AbortController().signal,
    installed: undefined,
  })
}

const facts = { hostname: 'cloud', ownAddresses: [], defaultRoute: undefined } as unknown as Facts

it.each([
  ['does not list its nodes', { code: 1 }, false],
  ['lists something else', 'no JSON', false],
  ['lists none', '{"items":[]}', true],
])(
  'takes its Node for deleted only by the word of the API: one that %s',
  async (_what, answer, isDeleted) => {
    await using node = await trial()
    node.script(`${KUBECTL} get --raw /readyz`, 'ok')
    node.script(`${KUBECTL} get nodes`, answer)
    const found = await look(node)
    expect(found.some(({ code }) => code === 'NODE_DELETED')).toBe(isDeleted)
  },
)

it('names everything that it could not find out, as it finds nothing wrong with any of it', async () => {
  await using node = await trial()
  node.script(`${KUBECTL} get --raw /readyz`, 'ok')
  node.script('systemctl show', 'LoadState=loaded\nActiveState=active\n')
  const unknown = async () =>
    (await look(node)).filter(({ code }) => code === 'PROBE_FAILED').map(({ seen }) => seen.en)
  expect(await unknown()).toEqual(
    expect.arrayContaining(
      ['nodes', 'CloudCore', 'pods of KubeEdge and EdgeMesh'].map((what) => `could not find out: ${what}`),
    ),
  )
  node.script(`${KUBECTL} get nodes`, '{"items":[]}')
  expect(await unknown()).toContain('could not find out: which edges are connected to CloudHub')
  node.script('systemctl show', { code: 1, stderr: 'Failed to connect to bus' })
  expect(await unknown()).toContain('could not find out: services')
})

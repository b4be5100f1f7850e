import path from 'node:path'
import { ROLES } from '@edgelift/bundle'
import { parseHosts } from '../../../packages/installer/src/cli/hosts-csv.ts'
import { kubeconfigFault } from '../../../packages/installer/src/kube/kubeconfig-fault.ts'
import { loadSettings } from '../../../packages/installer/src/settings/load.ts'
import { isNodeName } from '../../../packages/installer/src/settings/schema.ts'
import { receiptFor } from '../../../packages/installer/src/state/host-changes.ts'
import { JOURNAL, readJournal } from '../../../packages/installer/src/state/journal.ts'
import { parseReceipt } from '../../../packages/installer/src/state/read-receipt.ts'
import { settingsOfReceipt } from '../../../packages/installer/src/state/settings-of-receipt.ts'
import { BASELINE, HEAD } from '../../../packages/installer/src/testing/trial.ts'
import { documentOf, textOf } from './generators.ts'
import { must, type Parser, parserOf } from './parser.ts'
import { hostIn, written } from './written.ts'

const INSTALL = [
  'cloud: 10.77.0.1\nnodeName: edge-1\nlabels: {line: "3"}\ntaints: ["a=b:NoSchedule"]\ntokenFile: ./token\n',
  'nodeIp: 10.77.0.1\nadvertiseAddresses: [10.77.0.1, cloud.example]\nedgemesh: yes\nk3s: {disable: traefik}\npskFile: psk\n',
]
const YAML_PIECES = [
  ...['- ', ': ', '\n', '  ', '{', '}', '[', ']', '"', '\\0', ',', '='],
  ...['10.77.0.1', '::1', 'true', '~', '1e3', 'null', 'YQ==', '/'],
]
const DOCUMENTS = {
  cloud: {
    nodeIp: '10.77.0.1',
    nodeName: 'cloud',
    advertiseAddresses: ['10.77.0.1', 'cloud.example'],
    edgemesh: true,
    relayNodes: [{ nodeName: 'cloud', advertiseAddress: ['10.77.0.1'] }],
    pskFile: 'psk',
    k3s: { disable: ['traefik'] },
    options: ['gateway'],
  },
  edge: {
    cloud: '10.77.0.1:10000',
    tokenFile: 'token',
    nodeName: 'edge-1',
    nodeIp: '10.77.0.2',
    labels: { line: '3' },
    taints: ['a=b:NoSchedule'],
    containerd: 'existing',
  },
}
const settings = ROLES.flatMap((role) => {
  const load = (text: string): Promise<void> =>
    written({ 'install.yaml': text }, async (folder) => {
      const file = { path: path.join(folder, 'install.yaml'), named: true }
      const sources = { role, flags: {}, env: {}, cwd: folder, files: [file], before: {} }
      const { settings: loaded } = await loadSettings(sources)
      must(loaded.role === role, 'another role')
    })
  return [
    parserOf(`settings: ${role}`, textOf(INSTALL, YAML_PIECES), load),
    parserOf(`settings: fields of ${role}`, documentOf([DOCUMENTS[role]]), load),
  ]
})

const HOSTS = [
  'name,address,labels,taints\nedge-1,192.0.2.21,line=3;hall=a,dedicated=edge:NoSchedule\nedge-2,,,\n',
  'name,labels\r\n"edge-1","a=b,c=d"\r\n# edge-3\r\n',
]
const hosts = parserOf(
  'lists of edges',
  textOf(HOSTS, [',', '"', '""', ';', '=', '\n', '\r\n', '#', 'edge-1', 'name', ':NoSchedule', '\ufeff']),
  (text) => {
    const found = parseHosts(text, 'hosts.csv').map(({ nodeName }) => nodeName)
    must(found.every(isNodeName) && new Set(found).size === found.length, 'a name that is none, or twice')
  },
)

const JSON_PIECES = [
  ...['{', '}', '[', ']', '"', ':', ',', 'null', '-1', '1e400', '\n'],
  '"__proto__":{"polluted":1},',
]
const COMPLETED = {
  ...receiptFor({ ...HEAD, role: 'cloud', settings: { role: 'cloud' } }, undefined, BASELINE),
  completed: '2026-11-01T00:00:00.000Z',
}
function readSettings(text: string): void {
  settingsOfReceipt(parseReceipt(text, []))
}
const receipts = parserOf('receipts', textOf([JSON.stringify(COMPLETED)], JSON_PIECES), readSettings)
const EDGE = {
  ...COMPLETED,
  role: 'edge',
  settings: {
    cloud: { host: '10.77.0.1', hubPort: 10000 },
    taints: [{ key: 'a', effect: 'NoSchedule' }],
    labels: { line: '3' },
  },
  steps: [
    { stepId: 'x', title: { en: 'x', zh: 'x' }, changes: [{ kind: 'file', path: '/etc/x', backup: 'x' }] },
  ],
}
const receiptFields = parserOf('receipts: fields', documentOf([COMPLETED, EDGE]), readSettings)

const ENTRY = { time: '2026-11-01T00:00:00.000Z', action: 'install', step: 'k3s', event: 'begin' }
const journals = parserOf('journals', textOf([`${JSON.stringify(ENTRY)}\n`], JSON_PIECES), (text) =>
  written({ [`.${JOURNAL}`]: text }, async (root) => {
    const read = await readJournal(hostIn(root))
    must(
      read.every(({ event }) => typeof event === 'string'),
      'a line that is none',
    )
  }),
)

const KUBECONFIG = {
  apiVersion: 'v1',
  kind: 'Config',
  'current-context': 'a',
  contexts: [{ name: 'a', context: { cluster: 'b', user: 'c' } }],
  clusters: [{ name: 'b', cluster: { server: 'https://10.77.0.1:6443', 'certificate-authority': 'ca.crt' } }],
  users: [
    { name: 'c', user: { 'client-certificate-data': 'YQ==', 'client-key': '/etc/key', tokenFile: 't' } },
  ],
}
const look = (text: string): Promise<void> =>
  written({ config: text }, async (root) => void (await kubeconfigFault(hostIn(root), '/config')))
const kubeconfigs = parserOf('kubeconfigs', textOf([JSON.stringify(KUBECONFIG, null, 1)], YAML_PIECES), look)
const kubeconfigFields = parserOf('kubeconfigs: fields', documentOf([KUBECONFIG]), look)

export const NODE_PARSERS: readonly Parser[] = [
  ...settings,
  ...[hosts, receipts, receiptFields, journals, kubeconfigs, kubeconfigFields],
]

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { loadAnswers } from './load.ts'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'edgelift-answers-'))
})
afterEach(() => rm(folder, { recursive: true }))

interface Given {
  role?: 'cloud' | 'edge'
  flags?: Record<string, string>
  env?: Record<string, string>
  yaml?: string
}

async function answers({ role = 'cloud', flags = {}, env = {}, yaml = '' }: Given) {
  const file = path.join(folder, 'install.yaml')
  await writeFile(file, yaml)
  return loadAnswers({ role, flags, env, file, fileNamed: true })
}

it('takes the flag before the environment, and the environment before the file', async () => {
  const yaml = 'nodeIp: 10.0.0.1\nnodeName: from-file'
  const env = { EDGELIFT_NODE_IP: '10.0.0.2', EDGELIFT_ADVERTISE_ADDRESSES: '10.0.0.2' }
  const found = await answers({ yaml, env, flags: { 'node-ip': '10.0.0.3' } })
  expect(found).toMatchObject({ nodeIp: '10.0.0.3', nodeName: 'from-file', advertiseAddresses: ['10.0.0.2'] })
})

it('reads relay nodes, lists and nested answers from flags', async () => {
  const flags = {
    'relay-nodes': 'a=1.1.1.1+2.2.2.2,b=3.3.3.3',
    'k3s-disable': 'traefik,servicelb',
    edgemesh: 'no',
  }
  expect(await answers({ flags })).toMatchObject({
    relayNodes: [
      { nodeName: 'a', advertiseAddress: ['1.1.1.1', '2.2.2.2'] },
      { nodeName: 'b', advertiseAddress: ['3.3.3.3'] },
    ],
    k3s: { disable: ['traefik', 'servicelb'] },
    edgemesh: false,
  })
})

it('reads an edge: the cloud with and without a port, labels, taints', async () => {
  const flags = { labels: 'site=sh,line=3', taints: 'only=edge:NoSchedule' }
  const found = await answers({ role: 'edge', yaml: 'cloud: 10.77.0.1', flags })
  expect(found).toMatchObject({
    cloud: { host: '10.77.0.1', hubPort: 10000 },
    labels: { site: 'sh', line: '3' },
    taints: [{ key: 'only', value: 'edge', effect: 'NoSchedule' }],
    containerd: 'bundled',
  })
  expect(await answers({ role: 'edge', yaml: 'cloud: cloud.example:30000' })).toMatchObject({
    cloud: { hubPort: 30000 },
  })
})

describe('refuses, and says where', () => {
  const cases: [string, Given, string][] = [
    ['an unknown answer of the file', { yaml: 'nodeip: 10.0.0.1' }, 'nodeip'],
    ['an answer of the other role', { flags: { 'token-file': 'x' } }, '--token-file'],
    ['a node name that Kubernetes refuses', { env: { EDGELIFT_NODE_NAME: 'Node_1' } }, 'EDGELIFT_NODE_NAME'],
    ['an address that is none', { yaml: 'nodeIp: 10.0.0.256' }, 'nodeIp'],
    ['a taint without effect', { role: 'edge', flags: { taints: 'a=b' } }, '--taints'],
    ['a file that is not YAML', { yaml: 'a: [' }, 'install.yaml'],
    ['a file that is a list', { yaml: '- a' }, 'install.yaml'],
    ['neither yes nor no', { flags: { edgemesh: 'perhaps' } }, '--edgemesh'],
  ]
  it.each(cases)('%s', async (_title, given, named) => {
    await expect(answers(given)).rejects.toMatchObject({ exit: 2, message: expect.stringContaining(named) })
  })
})

it('takes a file in which everything is a comment for one without answers', async () => {
  expect(await answers({ yaml: '# nodeIp: 10.0.0.1\n' })).toMatchObject({ role: 'cloud', edgemesh: true })
})

it('misses a file only when it was named', async () => {
  const sources = { role: 'cloud', flags: {}, env: {}, file: path.join(folder, 'none.yaml') } as const
  expect(await loadAnswers({ ...sources, fileNamed: false })).toMatchObject({ edgemesh: true })
  await expect(loadAnswers({ ...sources, fileNamed: true })).rejects.toMatchObject({ code: 'ANSWER_INVALID' })
})

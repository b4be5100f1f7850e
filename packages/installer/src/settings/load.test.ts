import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { loadSettings, type SettingSources } from './load.ts'

const TOKEN = `${'0'.repeat(64)}.eyJhbGciOiJIUzI1NiJ9.eyJleHAiOjE3fQ.c2lnbmF0dXJl`

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'edgelift-settings-'))
})
afterEach(() => rm(folder, { recursive: true }))

interface Given {
  role?: 'cloud' | 'edge'
  flags?: Record<string, string>
  env?: Record<string, string>
  yaml?: string
}

async function settings({ role = 'cloud', flags = {}, env = {}, yaml = '' }: Given) {
  const file = path.join(folder, 'install.yaml')
  await writeFile(file, yaml)
  return (await load({ role, flags, env, files: [{ path: file, named: true }] })).settings
}

function load(sources: Partial<SettingSources>) {
  return loadSettings({ role: 'cloud', flags: {}, env: {}, cwd: '/site', files: [], before: {}, ...sources })
}

it('takes the flag before the environment, and the environment before the file', async () => {
  const yaml = 'nodeIp: 10.0.0.1\nnodeName: from-file'
  const env = { EDGELIFT_NODE_IP: '10.0.0.2', EDGELIFT_ADVERTISE_ADDRESSES: '10.0.0.2' }
  const found = await settings({ yaml, env, flags: { 'node-ip': '10.0.0.3' } })
  expect(found).toMatchObject({ nodeIp: '10.0.0.3', nodeName: 'from-file', advertiseAddresses: ['10.0.0.2'] })
})

it('takes an empty variable for one that says nothing, and a flag alone for yes', async () => {
  const yaml = 'edgemesh: no\nnodeIp: 10.0.0.1\nk3s: {disable: traefik}'
  const env = { EDGELIFT_EDGEMESH: '', EDGELIFT_NODE_IP: ' ', EDGELIFT_K3S_DISABLE: '' }
  const found = await settings({ yaml, env })
  expect(found).toMatchObject({ edgemesh: false, nodeIp: '10.0.0.1', k3s: { disable: ['traefik'] } })
  expect(await settings({ yaml, flags: { edgemesh: '' } })).toMatchObject({ edgemesh: true })
})

it('takes words with the blanks and line ends of other systems around them, and yes and no in all words of YAML', async () => {
  const flags = { cloud: '10.77.0.1\r', labels: 'a = b, c=d\r\n', taints: 'only=edge:NoSchedule ' }
  expect(await settings({ role: 'edge', flags, env: { EDGELIFT_NODE_NAME: ' edge-1' } })).toMatchObject({
    cloud: { host: '10.77.0.1' },
    nodeName: 'edge-1',
    labels: { a: 'b', c: 'd' },
  })
  expect(await settings({ flags: { edgemesh: 'On' }, env: { EDGELIFT_MESH_REFRESH: 'no\r' } })).toMatchObject(
    {
      edgemesh: true,
      meshRefresh: false,
    },
  )
  expect(await settings({ yaml: 'edgemesh: off\nnodeName: "cloud-1 "' })).toMatchObject({
    edgemesh: false,
    nodeName: 'cloud-1',
  })
})

it('keeps labels and names as they are written, also where YAML reads a number', async () => {
  const yaml = 'nodeName: 0123\nlabels: {version: 1.10, line: 007, on: True, big: 12345678901234567890}'
  expect(await settings({ role: 'edge', yaml })).toMatchObject({
    nodeName: '0123',
    labels: { version: '1.10', line: '007', on: 'True', big: '12345678901234567890' },
  })
})

it('reads relay nodes, lists and nested settings from flags', async () => {
  const flags = {
    'relay-nodes': 'a=1.1.1.1+2.2.2.2,b=3.3.3.3',
    'k3s-disable': 'traefik,servicelb',
  }
  expect(await settings({ flags })).toMatchObject({
    relayNodes: [
      { nodeName: 'a', advertiseAddress: ['1.1.1.1', '2.2.2.2'] },
      { nodeName: 'b', advertiseAddress: ['3.3.3.3'] },
    ],
    k3s: { disable: ['traefik', 'servicelb'] },
  })
})

it('reads an edge: the cloud with and without a port, labels, taints', async () => {
  const flags = { labels: 'site=sh,line=3', taints: 'only=edge:NoSchedule' }
  const found = await settings({ role: 'edge', yaml: 'cloud: 10.77.0.1', flags })
  expect(found).toMatchObject({
    cloud: { host: '10.77.0.1', hubPort: 10000 },
    labels: { site: 'sh', line: '3' },
    taints: [{ key: 'only', value: 'edge', effect: 'NoSchedule' }],
    containerd: 'bundled',
  })
  expect(await settings({ role: 'edge', yaml: 'cloud: cloud.example:30000' })).toMatchObject({
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
    ['a value that no taint can have', { role: 'edge', yaml: 'taints: ["a=b=c:NoSchedule"]' }, 'taints'],
    ['a taint twice', { role: 'edge', yaml: 'taints: ["a=b:NoExecute", "a=c:NoExecute"]' }, 'taints'],
    [
      'a label of a kubelet',
      { role: 'edge', yaml: 'labels: {kubernetes.io/x: a}' },
      'labels.kubernetes.io/x',
    ],
    ['a label of another machine', { role: 'edge', yaml: 'labels: {kubernetes.io/os: dos}' }, 'labels.kube'],
    ['a taint without a key', { role: 'edge', flags: { taints: 'a b=c:NoSchedule' } }, '--taints'],
    ['a label twice', { role: 'edge', flags: { labels: 'a=b,a=c' } }, '--labels'],
    ['a label twice in a text', { role: 'edge', yaml: 'labels: a=b, a=b' }, 'labels'],
    [
      'a label twice in the environment',
      { role: 'edge', env: { EDGELIFT_LABELS: 'a=b,a=' } },
      'EDGELIFT_LABELS',
    ],
    ['a path that no file has', { role: 'edge', yaml: 'tokenFile: "a\\0b"' }, 'tokenFile'],
    ['a file that is not YAML', { yaml: 'a: [' }, 'install.yaml'],
    ['a key twice', { yaml: 'nodeName: a\nnodeName: b' }, 'install.yaml'],
    ['a file that is a list', { yaml: '- a' }, 'install.yaml'],
    ['neither yes nor no', { flags: { edgemesh: 'perhaps' } }, '--edgemesh'],
    ['an empty text in the place of yes or no', { yaml: 'edgemesh: ""' }, 'edgemesh'],
  ]
  it.each(cases)('%s', async (_title, given, named) => {
    await expect(settings(given)).rejects.toMatchObject({ exit: 2, message: expect.stringContaining(named) })
  })
})

describe('components of K3s that a node leaves out', () => {
  it.each<[Given, string, string]>([
    [
      { flags: { 'k3s-disable': 'coredns,trafik' } },
      '--k3s-disable',
      'K3s has no component "trafik"; did you mean "traefik"?',
    ],
    [{ yaml: 'k3s: {disable: [a b]}' }, 'install.yaml: k3s.disable', 'K3s has no component "a b"'],
    [{ yaml: 'k3s: {disable: -x}' }, 'install.yaml: k3s.disable', 'K3s has no component "-x"'],
    [{ env: { EDGELIFT_K3S_DISABLE: 'Traefik' } }, 'EDGELIFT_K3S_DISABLE', 'did you mean "traefik"?'],
  ])('that K3s does not have are refused: %j', async (given, where, why) => {
    await expect(settings(given)).rejects.toMatchObject({
      code: 'ANSWER_INVALID',
      exit: 2,
      what: { en: expect.stringContaining(where) },
      because: { en: expect.stringContaining(why) },
      fix: {
        en: 'components are: coredns, servicelb, traefik, local-storage, metrics-server, runtimes',
        zh: expect.stringContaining('可用的组件：coredns、'),
      },
    })
  })

  it.each([
    ['k3s: {disable: traefik}', { disable: ['traefik'] }],
    ['k3s:\n  disable: traefik, runtimes', { disable: ['traefik', 'runtimes'] }],
    ['k3s:\n  disable:', {}],
  ])('are read from %j as from a flag', async (yaml, k3s) => {
    expect((await settings({ yaml })) as object).toHaveProperty('k3s', k3s)
  })

  it('of an earlier installation are left as they are', async () => {
    const before = { k3s: { disable: ['trafik'] } }
    expect((await load({ before })).settings).toMatchObject(before)
  })
})

it('takes a file in which everything is a comment for one without settings', async () => {
  expect(await settings({ yaml: '# nodeIp: 10.0.0.1\n' })).toMatchObject({ role: 'cloud', edgemesh: true })
})

it('misses a file only when it was named', async () => {
  const file = path.join(folder, 'none.yaml')
  expect((await load({ files: [{ path: file, named: false }] })).settings).toMatchObject({ edgemesh: true })
  await expect(load({ files: [{ path: file, named: true }] })).rejects.toMatchObject({
    code: 'ANSWER_INVALID',
    what: { en: `cannot read ${file}` },
  })
})

it('names the line that is not YAML', async () => {
  await expect(settings({ yaml: 'nodeName: a\nnodeName: b\n' })).rejects.toMatchObject({
    because: { en: expect.stringContaining('line 2'), zh: expect.stringContaining('第 2 行') },
  })
})

it('reads words as people write them: yes, one address, a number as a label, nothing', async () => {
  const cloud = await settings({ yaml: 'edgemesh: no\nadvertiseAddresses: 10.0.0.1\nnodeName:\n' })
  expect(cloud).toMatchObject({ edgemesh: false, advertiseAddresses: ['10.0.0.1'] })
  expect(cloud).not.toHaveProperty('nodeName')
  expect(await settings({ role: 'edge', yaml: 'labels: {line: 3}' })).toMatchObject({ labels: { line: '3' } })
})

it.each([
  ['10.0.0.1', '10.0.0.1', 10000],
  ['fd00::1', 'fd00::1', 10000],
  ['[fd00::1]:30000', 'fd00::1', 30000],
  ['cloud.example.', 'cloud.example', 10000],
  ['cloud.example.:30000', 'cloud.example', 30000],
  ['xn--fiqs8s.example', 'xn--fiqs8s.example', 10000],
])('understands the cloud %s', async (cloud, host, hubPort) => {
  expect(await settings({ role: 'edge', flags: { cloud } })).toMatchObject({ cloud: { host, hubPort } })
})

it.each([
  'cloud..example',
  '.cloud',
  '.',
  'cloud..',
  '-a.example',
  'a-.example',
  '10.0.0.256',
  '10.0.0.1.',
  `${'a'.repeat(64)}.b`,
])('takes %s for no address and for no name', async (cloud) => {
  await expect(settings({ role: 'edge', flags: { cloud } })).rejects.toMatchObject({
    code: 'ANSWER_INVALID',
    because: { en: expect.stringMatching(/^expected: HOST or HOST:PORT, not "/) },
  })
  await expect(settings({ flags: { 'advertise-addresses': cloud } })).rejects.toMatchObject({
    because: { en: expect.stringMatching(/^expected: an address or a host name, not "/) },
  })
})

it('writes names as certificates name them: without the dot that ends them', async () => {
  const flags = { 'advertise-addresses': 'cloud.example.', 'relay-nodes': 'a=relay.example.' }
  expect(await settings({ flags })).toMatchObject({
    advertiseAddresses: ['cloud.example'],
    relayNodes: [{ advertiseAddress: ['relay.example'] }],
  })
})

it.each([
  ['localhost', 'this machine itself'],
  ['LocalHost.:30000', 'this machine itself'],
  ['localhost.localdomain', 'this machine itself'],
  ['127.0.0.1', 'this machine itself'],
  ['127.1.2.3:10000', 'this machine itself'],
  ['0:0:0:0:0:0:0:1', 'this machine itself'],
  ['[::ffff:127.0.0.1]:10000', 'this machine itself'],
  ['0.0.0.0', 'not an address of a machine'],
  ['::', 'not an address of a machine'],
  ['[::]:10000', 'not an address of a machine'],
  ['255.255.255.255', 'not an address of a machine'],
  ['224.0.0.1', 'not an address of a machine'],
])('refuses %s as the cloud of an edge: %s', async (cloud, why) => {
  await expect(settings({ role: 'edge', flags: { cloud } })).rejects.toMatchObject({
    code: 'ANSWER_INVALID',
    exit: 2,
    what: { en: '--cloud is not valid' },
    because: { en: expect.stringContaining(why) },
    fix: { en: expect.stringContaining('the address of the cloud node') },
  })
})

it.each([
  ['127.0.0.1', 'for each node that node itself'],
  ['localhost', 'for each node that node itself'],
  ['0.0.0.0', 'not an address of a machine'],
])('refuses %s as the address of a relay: %s', async (address, why) => {
  await expect(
    settings({ yaml: `relayNodes: [{ nodeName: cloud, advertiseAddress: [192.0.2.10, ${address}] }]` }),
  ).rejects.toMatchObject({
    code: 'ANSWER_INVALID',
    what: { en: expect.stringContaining('relayNodes') },
    because: { en: expect.stringContaining(why) },
    fix: { en: expect.stringContaining('at which other nodes reach it') },
  })
})

it('leaves the cloud of an earlier installation as it is', async () => {
  const found = await load({ role: 'edge', before: { cloud: 'localhost:10000' } })
  expect(found.settings).toMatchObject({ cloud: { host: 'localhost' } })
})

describe('of several files', () => {
  const join = () => path.join(folder, 'join.yaml')
  const own = () => path.join(folder, 'own.yaml')
  const both = (sources: Partial<SettingSources> = {}) =>
    load({
      role: 'edge',
      files: [
        { path: join(), named: true },
        { path: own(), named: false },
      ],
      ...sources,
    })

  it('the named one counts more, the own one all the same, and least what was installed', async () => {
    await writeFile(join(), 'cloud: 10.0.0.1\n')
    await writeFile(own(), 'cloud: 10.0.0.9\nnodeName: of-own\n')
    const { settings: found, origin } = await both({ before: { nodeName: 'old', containerd: 'existing' } })
    expect(found).toMatchObject({ cloud: { host: '10.0.0.1' }, nodeName: 'of-own', containerd: 'existing' })
    expect(origin.get('cloud')).toBe(`${join()}: cloud`)
    expect(origin.has('containerd')).toBe(false)
  })

  it('a token that is named later replaces one that was named earlier', async () => {
    await writeFile(join(), 'token: secret\n')
    await writeFile(own(), 'tokenFile: ./mine\n')
    const joined = await both()
    expect(joined.settings).toMatchObject({ token: 'secret' })
    expect(joined.settings).not.toHaveProperty('tokenFile')
    expect(joined.tokenIn).toBe(join())
    const flagged = await both({ flags: { 'token-file': 'other' } })
    expect(flagged.settings).toMatchObject({ tokenFile: '/site/other' })
    expect(flagged.settings).not.toHaveProperty('token')
  })

  it('finds a file beside the one that names it, and standard input nowhere', async () => {
    await writeFile(join(), 'tokenFile: ./mine\n')
    expect((await both()).settings).toMatchObject({ tokenFile: path.join(folder, 'mine') })
    expect((await both({ flags: { 'token-file': '-' } })).settings).toMatchObject({ tokenFile: '-' })
  })
})

describe('refuses what cannot both be meant', () => {
  it.each<[string, Given, string]>([
    ['relays without EdgeMesh', { yaml: 'edgemesh: false\nrelayNodes: a=1.1.1.1' }, 'relayNodes'],
    ['a key without EdgeMesh', { flags: { edgemesh: 'no', 'psk-file': 'x' } }, '--psk-file'],
    ['a gateway without EdgeMesh', { flags: { edgemesh: 'no', options: 'gateway' } }, '--options'],
    ['one relay twice', { flags: { 'relay-nodes': 'a=1.1.1.1,a=2.2.2.2' } }, '--relay-nodes'],
    ['two tokens in one file', { role: 'edge', yaml: 'token: a\ntokenFile: b' }, 'tokenFile'],
  ])('%s', async (_title, given, named) => {
    await expect(settings(given)).rejects.toMatchObject({
      code: 'ANSWER_CONTRADICTS',
      message: expect.stringContaining(named),
    })
  })

  it('and does not hold an earlier installation against anybody', async () => {
    const before = { relayNodes: [{ nodeName: 'a', advertiseAddress: ['1.1.1.1'] }] }
    expect((await load({ flags: { edgemesh: 'no' }, before })).settings).toMatchObject({ edgemesh: false })
  })
})

it('says what was most likely meant, and which archive an answer belongs to', async () => {
  await expect(settings({ yaml: 'nodeip: 1.1.1.1' })).rejects.toMatchObject({
    fix: { en: expect.stringContaining('did you mean nodeIp?') },
  })
  await expect(settings({ yaml: 'cloud: 1.1.1.1\ntoken: x' })).rejects.toMatchObject({
    code: 'ANSWER_UNKNOWN',
    because: { en: 'this is the cloud archive' },
  })
})

it.each([
  ['a flag', { flags: { 'token-file': TOKEN } }],
  ['a variable', { env: { EDGELIFT_TOKEN_FILE: TOKEN } }],
  ['the file', { yaml: `tokenFile: ${TOKEN}` }],
] as const)('a token in the place of its path is refused and not shown: %s', async (_, given) => {
  const error = await settings({ role: 'edge', ...given }).catch((caught: unknown) => caught)
  expect(error).toMatchObject({
    code: 'ANSWER_INVALID',
    because: {
      en: expect.stringMatching(
        /^expected: the path of a file that holds the join token, not ".*\(token\)"$/,
      ),
    },
  })
  expect(JSON.stringify(error)).not.toContain(TOKEN.slice(-8))
})

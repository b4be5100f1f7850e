import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { Place } from '../kube/access.ts'
import type { Facts } from '../node/facts.ts'
import { receiptFor } from '../state/host-changes.ts'
import { CONNECTED, type MetaServerTrial, metaServerTrial, nodeList } from '../testing/meta-server.ts'
import { BASELINE, HEAD, type Trial, trial } from '../testing/trial.ts'
import { edgeDiagnoses } from './edge.ts'

let meta: MetaServerTrial
let on: Trial
beforeEach(async () => {
  meta = await metaServerTrial()
  on = await trial({ metaServer: meta.server })
  on.script('systemctl is-active', 'active\nactive\n')
})
afterEach(async () => {
  await on[Symbol.asyncDispose]()
  await meta[Symbol.asyncDispose]()
})

const facts = {
  hostname: 'edge-1',
  ownAddresses: [],
  addresses: [],
  nameservers: ['10.0.0.1'],
} as unknown as Facts

async function look(settings: object = {}) {
  const manifest = { role: 'edge', images: [], settings: { sandboxImage: 'pause:3.6', testImage: '' } }
  const place = { host: on.host, directory: '/data/archive', manifest } as unknown as Place
  const head = { ...HEAD, settings: { role: 'edge', nodeName: 'edge-1', ...settings } }
  return edgeDiagnoses(place, receiptFor(head, undefined, BASELINE), facts, {
    report: (event) => void on.events.push(event),
    signal: new AbortController().signal,
    installed: undefined,
  })
}

const codes = (found: Awaited<ReturnType<typeof look>>) => found.map(({ code }) => code)

it('takes its Node for deleted by the word of a cloud that it is connected to, and by no other', async () => {
  const isDeleted = async () => codes(await look()).includes('NODE_DELETED')
  meta.set('/api/v1/nodes', nodeList('cloud'))
  on.script('ss', CONNECTED)
  expect(await isDeleted()).toBe(true)
  on.script('ss', '')
  expect(await isDeleted()).toBe(false)
  on.script('ss', 'missing')
  expect(await isDeleted()).toBe(false)
  on.script('ss', CONNECTED)
  meta.set('/api/v1/nodes', nodeList('cloud', 'edge-1'))
  expect(await isDeleted()).toBe(false)
  meta.set('/api/v1/nodes', undefined)
  expect(await isDeleted()).toBe(false)
})

it('looks for containerd’s service only where it is the archive’s own', async () => {
  on.script('systemctl show', 'LoadState=loaded\nActiveState=inactive\n')
  const down = async (settings: object) =>
    (await look(settings)).flatMap(({ code, seen }) => (code === 'UNIT_DOWN' ? [seen.en.split(' ')[0]] : []))
  expect(await down({})).toEqual(['containerd.service', 'edgecore.service'])
  expect(await down({ containerd: 'existing' })).toEqual(['edgecore.service'])
})

it('tells what it has found though it cannot tell which checks are this node’s', async () => {
  const unit = '{ path=/usr/bin/containerd ; argv[]=/usr/bin/containerd ; }'
  on.script('systemctl show -p ExecStart', unit)
  on.script('/usr/bin/containerd --version', 'containerd github.com/containerd/containerd 1.7.2 x')
  await mkdir(path.join(on.root, '/etc/containerd/config.toml'), { recursive: true }) // where its configuration is a file
  meta.set('/api/v1/nodes', nodeList('cloud'))
  on.script('ss', CONNECTED)
  const found = await look({ containerd: 'existing' })
  expect(codes(found)).toContain('NODE_DELETED')
  expect(found).toContainEqual(
    expect.objectContaining({
      code: 'PROBE_FAILED',
      seen: { en: 'could not find out: what was installed', zh: '未得到结果：检查安装内容' },
      cause: expect.objectContaining({ en: expect.stringContaining('/etc/containerd/config.toml') }),
    }),
  )
})

import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { exec } from '@edgelift/core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { K3S_CLUSTER } from '../kube/access.ts'
import { EDGECORE_CONFIG } from '../kubeedge/edgecore-config.ts'
import { PSK_FILE } from '../kubeedge/psk.ts'
import { receiptFor } from '../state/host-changes.ts'
import { RECEIPT } from '../state/receipt.ts'
import { BASELINE, HEAD, type Trial, trial } from '../testing/trial.ts'
import { rememberNodeSecrets } from './node-secrets.ts'
import { withoutSecrets, writeSupportBundle } from './support-bundle.ts'

it.each([
  ['psk=anything\n', 'psk=(secret)\n'],
  ['  token: "any thing"\n', '  token: (secret)\n'],
  ['  "password": "anything",\n', '  "password": (secret)\n'],
  ['I1128 env K3S_TOKEN=anything, PATH=/bin\n', 'I1128 env K3S_TOKEN=(secret), PATH=/bin\n'],
  ['said {\\"psk\\":\\"anything\\",\\"a\\":1}\n', 'said {\\"psk\\":\\"(secret)\\",\\"a\\":1}\n'],
  ['ran k3s agent --token anything --debug\n', 'ran k3s agent --token (secret) --debug\n'],
  ['tokens: kept, tokenFile: /root/t\n', 'tokens: kept, tokenFile: /root/t\n'],
])('leaves out what is named like a secret, and nothing else: %j', (text, expected) => {
  expect(withoutSecrets(text, 'known')).toBe(expected)
})

it('leaves out what may be a PSK that nobody can name', () => {
  const psk = Buffer.alloc(32, 7).toString('base64')
  const text = `the psk, which is somewhere here\nrow ${psk} end\nkept ${'ab'.repeat(32)}\n`
  expect(withoutSecrets(text, 'unknown')).toBe(
    `(left out: it may hold the PSK)\nrow (secret) end\nkept ${'ab'.repeat(32)}\n`,
  )
  expect(withoutSecrets(text, 'known')).toBe(text)
})

describe('the support bundle of a node', () => {
  const KUBECTL = '/usr/local/bin/k3s kubectl --kubeconfig /etc/rancher/k3s/k3s.yaml'
  const VOLUME = '/var/lib/kubelet/pods/1234/volumes/kubernetes.io~configmap/edgemesh-psk'
  let on: Trial
  beforeEach(async () => {
    on = await trial()
    on.script('tar', (args) => exec('tar', args))
    on.script(`${KUBECTL} get configmaps`, '')
  })
  afterEach(() => on[Symbol.asyncDispose]())

  /** Everything in it, where the log of K3s repeats a text. */
  async function bundleSaying(words: string): Promise<string> {
    on.script('journalctl', words)
    const receipt = receiptFor({ ...HEAD, settings: { pskFile: '/root/psk' } }, undefined, BASELINE)
    await on.put(RECEIPT, `${JSON.stringify(receipt)}\n`)
    const place = { host: on.host, cluster: { host: on.host, ...K3S_CLUSTER } }
    const psk = await rememberNodeSecrets({ ...place, directory: `${on.root}/data/moved`, receipt })
    const file = path.join(on.root, 'bundle.tar.gz')
    await writeSupportBundle(file, { ...place, psk, logs: [], documents: {} })
    await exec('tar', ['-xzf', file, '-C', on.root])
    const folder = path.join(on.root, 'bundle')
    const texts = (await readdir(folder)).map((name) => readFile(path.join(folder, name), 'utf8'))
    return (await Promise.all(texts)).join('')
  }

  it.each<[string, string, (secret: string) => unknown]>([
    ['of the archive', 'psk-of-the-archive', (secret) => on.put(`/data/moved/${PSK_FILE}`, `${secret}\n`)],
    [
      'of the directory that was installed from',
      'psk-of-the-receipt',
      (secret) => on.put(`${HEAD.directory}/${PSK_FILE}`, `${secret}\n`),
    ],
    ['of the operator’s file', 'psk-of-the-operator', (secret) => on.put('/root/psk', secret)],
    [
      'in the cluster',
      'psk-of-the-cluster',
      (secret) => on.script(`${KUBECTL} get configmaps -A`, `\n\n${secret}\n\n`),
    ],
    ['that a pod has mounted', 'psk-of-the-agent', (secret) => on.put(`${VOLUME}/psk`, secret)],
    [
      'of K3s, without the prefix that it is known by',
      'a1b2c3d4e5f6',
      (secret) => on.put('/var/lib/rancher/k3s/server/token', `K10${'ab'.repeat(32)}::server:${secret}\n`),
    ],
    [
      'of the node towards K3s',
      '0f1e2d3c4b5a',
      (secret) => on.put('/etc/rancher/node/password', `${secret}\n`),
    ],
    [
      'of EdgeCore, without the form of a token',
      'short-lived-token',
      (secret) => on.put(EDGECORE_CONFIG, `modules: { edgeHub: { token: ${secret} } }\n`),
    ],
  ])('does not hold the secret %s', async (_whose, secret, lay) => {
    await lay(secret)
    const base64 = Buffer.from(secret).toString('base64')
    const all = await bundleSaying(`wrote <${secret}> and <${base64}>`)
    expect(all).toContain('wrote <…> and <…>')
    expect(all).not.toContain(secret)
  })

  it('keeps lines that speak of the PSK away while the cluster is silent, unless a pod here has it', async () => {
    on.script(`${KUBECTL} get configmaps`, { code: 1, stderr: 'refused' })
    expect(await bundleSaying('row psk <never-read>\nkept')).toMatch(
      /\(left out: it may hold the PSK\)\nkept/,
    )
    await on.put(`${VOLUME}/psk`, 'read-from-the-pod')
    expect(await bundleSaying('row psk <read-from-the-pod>')).toContain('row psk <…>')
  })

  it('tells a program without an answer from one that has nothing to say', async () => {
    for (const question of ['ip route', `${KUBECTL} get pods -A`]) on.script(question, '')
    const silent = (await bundleSaying('')).split('(no answer: ').length - 1
    expect(silent, 'addresses, units, nodes and events').toBe(4)
  })

  it.each([`/data/moved/${PSK_FILE}`, '/root/psk', `${HEAD.directory}/${PSK_FILE}`, `${VOLUME}/psk`])(
    'is not written where a secret cannot be read, and so cannot be left out: %s',
    async (file) => {
      await on.put(`${file}/x`)
      await expect(bundleSaying('')).rejects.toMatchObject({ code: 'FILE_NOT_REGULAR' })
      expect(on.calls).not.toContain('tar')
    },
  )
})

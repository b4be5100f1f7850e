import { afterEach, beforeEach, expect, it } from 'vitest'
import { type Trial, trial } from '../testing/trial.ts'
import { sampleKubeconfig } from './kubeconfig.sample.ts'
import { kubeconfigFault } from './kubeconfig-fault.ts'

const FILE = '/root/site/admin.conf'

let on: Trial
beforeEach(async () => {
  on = await trial()
})
afterEach(() => on[Symbol.asyncDispose]())

const fault = () => kubeconfigFault(on.host, FILE)

it('is none of a kubeconfig whose files are there, relative to it, or that holds its certificates', async () => {
  await on.put(FILE, sampleKubeconfig())
  expect(await fault()).toBeUndefined()
  const files = { cluster: { 'certificate-authority': 'pki/ca.crt' }, user: { 'client-key': '/root/a.key' } }
  await on.put(FILE, sampleKubeconfig(files))
  await on.put('/root/site/pki/ca.crt', 'ca')
  await on.put('/root/a.key', 'key')
  expect(await fault()).toBeUndefined()
  const embedded = { 'certificate-authority': 'gone', 'certificate-authority-data': 'Y2E=' }
  await on.put(FILE, sampleKubeconfig({ cluster: embedded }))
  expect(await fault()).toBeUndefined()
})

it('is that the file is not there, or is a directory: the fix says where one may be', async () => {
  expect(await fault()).toMatchObject({
    seen: { en: `${FILE} does not exist`, zh: `${FILE} 不存在` },
    fix: { en: expect.stringContaining('/etc/kubernetes/admin.conf') },
  })
  await on.put(`${FILE}/other`)
  expect((await fault())?.seen).toEqual({
    en: `cannot read ${FILE}: it is a directory`,
    zh: `无法读取 ${FILE}：它是目录`,
  })
})

it('is that a part of its path is a file', async () => {
  await on.put('/root/site', 'file')
  expect((await fault())?.seen.en).toBe(`cannot read ${FILE}: part of the path is not a directory`)
})

it.each([
  ['nothing', '', `${FILE} is empty`],
  ['blanks', ' \n\n', `${FILE} is empty`],
  ['a text', 'hello', `${FILE} is not a kubeconfig`],
  ['what is no YAML', 'apiVersion: v1\nkind: [Config', `${FILE} is not YAML: line `],
  ['no context', 'apiVersion: v1\nkind: Config\ncontexts: null\n', `${FILE} has no current-context`],
  ['an empty context', sampleKubeconfig({ current: '' }), `${FILE} has no current-context`],
  ['an unknown context', sampleKubeconfig({ current: 'b' }), `${FILE} does not define its current-context b`],
  [
    'an unknown cluster',
    sampleKubeconfig({ context: { cluster: 'x', user: 'admin' } }),
    `${FILE} does not define the cluster x of its context site`,
  ],
  [
    'an unknown user',
    sampleKubeconfig({ context: { cluster: 'site', user: 'x' } }),
    `${FILE} does not define the user x of its context site`,
  ],
  [
    'a certificate that is not there',
    sampleKubeconfig({ user: { 'client-certificate': 'pki/admin.crt' } }),
    `${FILE} points to pki/admin.crt, which cannot be read: no such file or directory`,
  ],
])('is of a file with %s', async (_what, content, seen) => {
  await on.put(FILE, content)
  const found = await fault()
  expect(found?.seen.en.startsWith(seen), found?.seen.en).toBe(true)
  expect(found?.seen.zh).toMatch(/[\u4e00-\u9fff]/)
  expect(found?.fix.zh).toMatch(/[\u4e00-\u9fff]/)
})

it('without a current context names those that can be chosen', async () => {
  await on.put(FILE, sampleKubeconfig({ current: '' }))
  expect((await fault())?.fix.en).toBe(
    `set it with: kubectl --kubeconfig ${FILE} config use-context NAME (contexts in the file: site)`,
  )
})

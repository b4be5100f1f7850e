import { afterEach, beforeEach, expect, it } from 'vitest'
import { type Trial, trial } from '../testing/trial.ts'
import { containerInfo, isInstalled, mustListIds, runningOf, serverVersion } from './ctr-client.ts'

const ctr = ['ctr', '-n', 'k8s.io'] as const
let on: Trial
beforeEach(async () => {
  on = await trial()
})
afterEach(() => on[Symbol.asyncDispose]())

it('reads ids, labels and the network namespace of containers', async () => {
  on.script('ctr -n k8s.io containers ls -q', 'a\nb\n')
  on.script(
    'ctr -n k8s.io containers info a',
    JSON.stringify({
      Labels: { 'io.kubernetes.pod.name': 'p' },
      Spec: { linux: { namespaces: [{ type: 'pid' }, { type: 'network', path: '/var/run/netns/cni-1' }] } },
    }),
  )
  expect(await mustListIds(on.host, ctr)).toEqual(['a', 'b'])
  expect(await containerInfo(on.host, ctr, 'a')).toEqual({
    labels: { 'io.kubernetes.pod.name': 'p' },
    networkNamespace: '/var/run/netns/cni-1',
  })
})

it('tells a container that is gone from a containerd that is silent', async () => {
  const stderr = 'ctr: container "a" in namespace "k8s.io": not found\n'
  on.script('ctr -n k8s.io containers info a', { code: 1, stderr })
  expect(await containerInfo(on.host, ctr, 'a')).toBeUndefined()
  on.script('ctr -n k8s.io containers info a', { code: 1, stderr: 'ctr: context deadline exceeded\n' })
  await expect(containerInfo(on.host, ctr, 'a')).rejects.toMatchObject({ code: 'COMMAND_FAILED' })
})

it.each([
  ['null'],
  ['{}'],
  ['{ "windows": {} }'],
  ['{ "linux": null }'],
  ['{ "linux": { "namespaces": null } }'],
])('takes a container that another client made with the spec %s', async (spec) => {
  on.script('ctr -n k8s.io containers info a', `{ "Labels": null, "Spec": ${spec} }`)
  expect(await containerInfo(on.host, ctr, 'a')).toEqual({ labels: {}, networkNamespace: undefined })
})

it.each(['', 'panic', '{ "Labels": [] }'])(
  'names the command that printed %j of a container',
  async (text) => {
    on.script('ctr -n k8s.io containers info a', text)
    await expect(containerInfo(on.host, ctr, 'a')).rejects.toMatchObject({
      code: 'COMMAND_FAILED',
      what: { en: 'cannot read the output of ctr -n k8s.io containers info a' },
    })
  },
)

it('knows which containers of a repository run, whatever the tag', async () => {
  on.script(
    'ctr -n k8s.io containers ls',
    'CONTAINER IMAGE RUNTIME\nx docker.io/agent:1 runc\ny docker.io/b:1 runc\nz docker.io/b-more:1 runc',
  )
  on.script('ctr -n k8s.io tasks ls', 'TASK PID STATUS\ny 7 RUNNING\nx 8 STOPPED\nz 9 RUNNING')
  expect(await runningOf(on.host, ctr, 'docker.io/agent')).toEqual([])
  expect(await runningOf(on.host, ctr, 'docker.io/b')).toEqual([{ id: 'y', image: 'docker.io/b:1' }])
  on.script('ctr -n k8s.io tasks ls', { code: 1 })
  expect(await runningOf(on.host, ctr, 'docker.io/b')).toBeUndefined()
})

it('tells the version of the server, not that of ctr, and whether there is one at all', async () => {
  const client = 'Client:\n  Version:  1.6.20\n'
  on.script('ctr -n k8s.io version', `${client}\nServer:\n  Version:  v2.1.5\n  Revision: x\n`)
  expect(await serverVersion(on.host, ctr)).toBe('v2.1.5')
  on.script('ctr -n k8s.io version', { code: 1, stdout: client })
  expect(await serverVersion(on.host, ctr)).toBeUndefined()
  await expect(isInstalled(on.host, ctr)).rejects.toMatchObject({ code: 'COMMAND_FAILED' })
  on.script('ctr -n k8s.io version', 'missing')
  expect(await isInstalled(on.host, ctr)).toBe(false)
})

it('takes a ctr that cannot be started for no word that containerd was uninstalled', async () => {
  on.script('ctr', 'unusable')
  await expect(isInstalled(on.host, ctr)).rejects.toMatchObject({ code: 'COMMAND_UNUSABLE' })
})

import { afterEach, beforeEach, expect, it } from 'vitest'
import { type Trial, trial } from '../testing/trial.ts'
import { k3sReads } from './reads.ts'

let on: Trial
beforeEach(async () => {
  on = await trial()
})
afterEach(() => on[Symbol.asyncDispose]())

it('names what K3s takes settings from beside our own files', async () => {
  const read = [
    '/etc/rancher/k3s/config.yaml.d/10-proxy.yml',
    '/etc/rancher/k3s/config.yaml.d/20-cni.yaml',
    '/etc/default/k3s',
    '/etc/sysconfig/k3s',
    '/etc/systemd/system/k3s.service.env',
    '/etc/rancher/k3s/registries.yaml',
  ]
  for (const file of read.toReversed()) await on.put(file, 'x')
  await on.put('/etc/rancher/k3s/config.yaml', 'node-name: ours')
  await on.put('/etc/rancher/k3s/config.yaml.d/README', 'no YAML')
  expect(await k3sReads(on.host)).toEqual(read)
})

it('names nothing on a new machine, and no file that says nothing', async () => {
  expect(await k3sReads(on.host)).toEqual([])
  await on.put('/etc/systemd/system/k3s.service.env')
  await on.put('/etc/rancher/k3s/config.yaml.d', 'a file in the place of the folder')
  expect(await k3sReads(on.host)).toEqual([])
})

import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { chartSettingsFor } from '@edgelift/bundle'
import { load } from 'js-yaml'
import { expect, it } from 'vitest'
import { k3sConfig } from '../k3s/files.ts'
import type { Facts } from '../node/facts.ts'
import { chartSettings, resolveCloud } from '../settings/cloud.ts'
import { CloudSettings } from '../settings/schema.ts'
import { edgemeshPsk } from './psk.ts'

const facts = {
  hostname: 'Cloud-1',
  defaultRoute: { device: 'eth0', address: '10.77.0.1' },
  ownAddresses: [{ address: '10.77.0.1', device: 'eth0' }],
  nameservers: ['10.0.0.53'],
  iptables: { version: '1.8.9', backend: 'nft' },
} as unknown as Facts

it('puts settings and facts together: relay, addresses, the iptables variant', () => {
  const settings = resolveCloud(CloudSettings.parse({ options: ['mosquitto'] }), facts, ['traefik'])
  expect(settings).toMatchObject({ nodeName: 'cloud-1', nodeIp: '10.77.0.1', k3sDisable: ['traefik'] })
  expect([...settings.options, ...settings.facts]).toEqual(['mosquitto', 'edgemesh', 'iptables-nft'])
  expect(chartSettings(settings)).toMatchObject({
    advertiseAddresses: ['10.77.0.1'],
    relayNodes: [{ nodeName: 'cloud-1', advertiseAddress: ['10.77.0.1'] }],
  })
})

it('gives charts every setting that a release may use', () => {
  const settings = resolveCloud(CloudSettings.parse({}), facts, [])
  const given = [...Object.keys(chartSettings(settings)), 'psk'].sort()
  expect(given).toEqual(chartSettingsFor('cloud').sort())
})

it('configures K3s so that logs and exec reach edges, and what the archive has no images for stays out', () => {
  const settings = resolveCloud(
    CloudSettings.parse({ k3s: { disable: ['metrics-server'] } }),
    facts,
    ['traefik'],
    {
      deviceOf: (address) => (address === '10.77.0.1' ? 'eth1' : undefined),
    },
  )
  const [file] = k3sConfig(settings)
  expect(file).toMatchObject({ mode: 0o600 })
  expect(load(file?.content ?? '')).toMatchObject({
    'node-ip': '10.77.0.1',
    'node-name': 'cloud-1',
    disable: ['traefik', 'metrics-server'],
    'flannel-iface': 'eth1',
    'egress-selector-mode': 'disabled',
    'kube-apiserver-arg': ['kubelet-certificate-authority='],
  })
})

it('gives CloudCore addresses as addresses and names as names, and EdgeMesh addresses alone', () => {
  const settingsFor = (advertiseAddresses: string[]) =>
    chartSettings(resolveCloud(CloudSettings.parse({ advertiseAddresses }), facts, []))
  expect(settingsFor(['203.0.113.5', 'cloud.example'])).toMatchObject({
    advertiseAddresses: ['203.0.113.5'],
    advertiseNames: ['cloud.example'],
    relayNodes: [{ nodeName: 'cloud-1', advertiseAddress: ['203.0.113.5'] }],
  })
  expect(settingsFor(['cloud.example'])).toMatchObject({
    advertiseAddresses: ['10.77.0.1'],
    advertiseNames: ['cloud.example'],
    relayNodes: [{ nodeName: 'cloud-1', advertiseAddress: ['10.77.0.1'] }],
  })
  for (const given of [
    { nodeIp: 'fd00::1' },
    { relayNodes: [{ nodeName: 'a', advertiseAddress: ['relay.example'] }] },
  ]) {
    expect(() => resolveCloud(CloudSettings.parse(given), facts, [])).toThrow(
      expect.objectContaining({ code: 'ANSWER_INVALID' }),
    )
  }
})

it('keeps K3s from making up a nameserver on the internet where the host has none for pods', () => {
  const files = k3sConfig(
    resolveCloud(CloudSettings.parse({}), { ...facts, nameservers: ['127.0.0.53'] }, []),
  )
  expect(files.at(-1)).toMatchObject({ content: expect.stringContaining('nameserver 10.77.0.1\n') })
  expect(load(files[0]?.content ?? '')).toMatchObject({ 'resolv-conf': files.at(-1)?.to })
})

const none = async () => undefined

it('makes a PSK once, keeps it, and refuses the published one', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'edgelift-psk-'))
  try {
    const psk = await edgemeshPsk(folder, undefined, none)
    expect(Buffer.from(psk, 'base64')).toHaveLength(32)
    expect(await edgemeshPsk(folder, undefined, none)).toBe(psk)
    const file = path.join(folder, 'edgemesh-psk.txt')
    expect(await edgemeshPsk(folder, undefined, async () => 'another')).toBe(psk)
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    expect(await readFile(file, 'utf8')).toBe(`${psk}\n`)
    for (const bad of ['JugH9HP1XBouyO5pWGeZa8LtipDURrf17EJvUHcJGuQ=', 'short', '']) {
      await writeFile(file, bad)
      await expect(edgemeshPsk(folder, undefined, none)).rejects.toMatchObject({ code: 'ANSWER_INVALID' })
    }
    await expect(edgemeshPsk(folder, path.join(folder, 'none'), none)).rejects.toMatchObject({
      code: 'ENOENT',
    })
  } finally {
    await rm(folder, { recursive: true })
  }
})

it('goes on with the PSK that EdgeMesh runs with, where the file is gone', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'edgelift-psk-'))
  try {
    const running = 'of the archive that was unpacked before'
    expect(await edgemeshPsk(folder, undefined, async () => running)).toBe(running)
    expect(await readFile(path.join(folder, 'edgemesh-psk.txt'), 'utf8')).toBe(`${running}\n`)
  } finally {
    await rm(folder, { recursive: true })
  }
})

import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Trial, trial } from '../testing/trial.ts'
import { hostCni } from './cni.ts'

const CONFIGS = '/etc/cni/net.d'
const OURS = `${CONFIGS}/10-containerd-net.conflist`
const [FIRST, SECOND] = ['/usr/lib/cni', '/opt/cni/bin'] as const
const ALL = ['bridge', 'firewall', 'host-local', 'loopback', 'portmap']

let on: Trial
beforeEach(async () => {
  on = await trial()
})
afterEach(() => on[Symbol.asyncDispose]())

async function cni(written: readonly string[] = []) {
  const effective = { cniConfigs: CONFIGS, cniPrograms: [FIRST, SECOND] }
  const found = await hostCni(on.host, effective, (file) => written.includes(file))
  return {
    ...found,
    packed: found.packed.map(({ to }) => to),
    generated: found.generated.map(({ to }) => to),
  }
}
const config = (name: string, value: unknown) => on.put(`${CONFIGS}/${name}`, JSON.stringify(value))

describe('a containerd without a network', () => {
  it('gets ours where it looks, with the plugins that are nowhere', async () => {
    await on.put(`${SECOND}/bridge`)
    await config('readme.txt', 'no configuration')
    expect(await cni()).toMatchObject({
      own: undefined,
      packed: ALL.filter((name) => name !== 'bridge').map((name) => `${FIRST}/${name}`),
      generated: [OURS],
      missing: [],
    })
  })

  it('keeps what edgelift has written, and the plugins that it has copied', async () => {
    await config('10-containerd-net.conflist', { plugins: [] })
    const copied = ALL.map((name) => `${FIRST}/${name}`)
    for (const file of copied) await on.put(file)
    expect(await cni([OURS, ...copied])).toMatchObject({ own: undefined, packed: copied, generated: [OURS] })
  })
})

describe('a network of the host’s own', () => {
  it('is the first by name, is kept, and gets those of its plugins that the archive has', async () => {
    await config('20-later.conflist', { plugins: [{ type: 'other' }] })
    await config('05-plant.conflist', {
      plugins: [{ type: 'bridge', ipam: { type: 'host-local' } }, { type: 'sbr' }, { type: 'portmap' }],
    })
    await on.put(`${SECOND}/portmap`)
    expect(await cni()).toMatchObject({
      own: `${CONFIGS}/05-plant.conflist`,
      packed: ['loopback', 'bridge', 'host-local'].map((name) => `${FIRST}/${name}`),
      generated: [],
      missing: ['sbr'],
    })
  })

  it('may be a single plugin', async () => {
    await config('05-plant.conf', { type: 'macvlan', ipam: { type: 'dhcp' } })
    expect(await cni()).toMatchObject({ packed: [`${FIRST}/loopback`], missing: ['macvlan', 'dhcp'] })
  })

  it('may have our file’s name, where edgelift did not write it', async () => {
    await config('10-containerd-net.conflist', { plugins: [{ type: 'bridge' }] })
    expect(await cni()).toMatchObject({ own: OURS, generated: [] })
  })

  it('that cannot be read is left as it is: containerd says what is wrong with it', async () => {
    await on.put(`${CONFIGS}/05-plant.conf`, '{')
    expect(await cni()).toMatchObject({
      ...{ isUnread: true, packed: [`${FIRST}/loopback`], generated: [], missing: [] },
    })
  })
})

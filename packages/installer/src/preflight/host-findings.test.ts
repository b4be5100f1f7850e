import { expect, it } from 'vitest'
import { cloud, codes, edge, found } from './preflight.sample.ts'

it.each([
  ['a cloud', cloud, 1_900_000_000],
  ['an edge', edge, 480_000_000],
])('%s has enough memory from %3$i bytes on', (_role, settings, memoryBytes) => {
  expect(codes({ settings, facts: { memoryBytes } })).toEqual([])
  expect(codes({ settings, facts: { memoryBytes: memoryBytes - 1 } })).toEqual(['warning MEMORY_SMALL'])
})

it('a clock before the release of its K3s is wrong, and says which day it has', () => {
  const released = Date.UTC(2025, 10, 13) / 1000
  expect(codes({ facts: { clock: released } })).toEqual([])
  const [finding] = found({ facts: { clock: released - 1 } })
  expect(finding).toMatchObject({ code: 'CLOCK_WRONG', seen: { en: expect.stringContaining('2025-11-12') } })
})

it('SELinux that only warns is no finding', () => {
  expect(codes({ facts: { selinux: 'Permissive' } })).toEqual([])
})

it('swap is turned off at boot too, where something turns it on', () => {
  const fix = (more: Parameters<typeof codes>[0]['facts']) =>
    found({ facts: { swapBytes: 1, ...more } })[0]?.fix
  expect(fix({ swapSources: [{ kind: 'brought', unit: 'dev-zram0.swap' }] })).toEqual({
    en: 'swapoff -a; systemctl mask dev-zram0.swap',
    zh: '执行 swapoff -a; systemctl mask dev-zram0.swap',
  })
  expect(fix({})?.en).toMatch(/^swapoff -a; neither /)
})

it('a nameserver is written where it stays, whatever /etc/resolv.conf is', () => {
  const resolver = { isLink: true, isImmutable: false, hasNetworkManager: false }
  expect(found({ facts: { nameservers: [], resolver } })).toMatchObject([
    { code: 'NO_NAMESERVER', fix: { en: expect.stringContaining('rm /etc/resolv.conf; ') } },
  ])
  expect(found({ facts: { nameservers: ['169.254.96.16'] } })).toMatchObject([
    { code: 'NAMESERVER_LOOP', fix: { en: expect.stringContaining('sed -i s/169.254.96.16/127.0.0.1/') } },
  ])
})

it('a time zone is linked where there is one, over a link that leads nowhere', () => {
  const fix = (zoneinfo: boolean) => found({ facts: { localtime: false, zoneinfo } })[0]?.fix.en
  expect(fix(true)).toBe('ln -sf /usr/share/zoneinfo/UTC /etc/localtime')
  expect(fix(false)).toMatch(/^install tzdata .*copy/)
})

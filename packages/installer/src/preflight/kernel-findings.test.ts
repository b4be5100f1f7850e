import { describe, expect, it } from 'vitest'
import { cloud, codes, edge, found } from './preflight.sample.ts'

it.each([
  ['3.9.11', ['error KERNEL_OLD']],
  ['3.10.0-1160.el7.x86_64', ['warning KERNEL_OLD']],
  ['4.17.19', ['warning KERNEL_OLD']],
  ['4.18.0-553.el8', []],
  ['4.100.1', []],
  ['5.4.0-generic', []],
  ['', []],
])('kernel "%s"', (kernel, expected) => {
  expect(codes({ facts: { kernel } })).toEqual(expected)
})

it.each([
  ['1.8.0', 'nft', ['warning IPTABLES_FAULTY']],
  ['1.8.4', 'nft', ['warning IPTABLES_FAULTY']],
  ['1.8.4', 'legacy', []],
  ['1.8.5', 'nft', []],
  ['1.8.10', 'nft', []],
  ['1.4.21', 'legacy', []],
] as const)('iptables %s (%s)', (version, backend, expected) => {
  expect(codes({ facts: { iptables: { version, backend } } })).toEqual(expected)
})

it.each([
  ['linux/amd64', 'x86_64', []],
  ['linux/arm64', 'aarch64', []],
  ['linux/arm64', 'x86_64', ['error WRONG_PLATFORM']],
  ['linux/arm64', 'armv7l', ['error WRONG_PLATFORM']],
] as const)('an archive for %s on a machine that is %s', (platform, machine, expected) => {
  expect(codes({ manifest: { platform }, facts: { machine } })).toEqual(expected)
})

describe('controllers that are needed', () => {
  it.each([
    ['K3s on version 1: memory alone', cloud, 1, ['memory'], undefined],
    ['K3s on version 2: all three', cloud, 2, ['memory'], 'cpu, cpuset'],
    ['EdgeCore on version 1: all three', edge, 1, ['memory', 'cpu'], 'cpuset'],
  ] as const)('%s', (_what, settings, version, controllers, missing) => {
    const findings = found({ settings, facts: { cgroup: { version, controllers: [...controllers] } } })
    expect(findings.map(({ seen }) => seen.en.split(': ')[1])).toEqual(missing === undefined ? [] : [missing])
  })

  it('that of memory is switched on at boot; others take another kernel', () => {
    const fixOf = (...controllers: string[]) =>
      found({ facts: { cgroup: { version: 2, controllers } } })[0]?.fix.en
    expect(fixOf('cpu', 'cpuset')).toContain('cgroup_enable=memory')
    expect(fixOf('memory', 'cpu')).not.toContain('cgroup_enable')
  })
})

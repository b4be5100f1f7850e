import { execFileSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { cloud, edge, found } from './preflight.sample.ts'

describe.each(['firewalld', 'ufw', 'iptables', 'nftables'] as const)('the line for %s', (firewall) => {
  const lineFor = (settings: typeof cloud | typeof edge) =>
    found({ settings, facts: { firewall } }).find(({ code }) => code === 'FIREWALL_ACTIVE')?.fix
  const OF_CLOUD = ['6443', '10000', '10002', '10004']

  it('opens every port of a cloud that is dialled, and the pods’ and services’ networks', () => {
    const line = lineFor(cloud)
    for (const text of [line?.en, line?.zh])
      for (const part of [...OF_CLOUD, '20006', '10.42.0.0/16', '10.43.0.0/16']) expect(text).toContain(part)
  })

  it('opens an edge to its own pods and to relayed traffic, and none of the cloud’s ports', () => {
    const line = lineFor(edge)
    for (const text of [line?.en, line?.zh]) {
      for (const part of ['20006', '10.88.0.0/16']) expect(text).toContain(part)
      for (const part of [...OF_CLOUD, '10.42.0.0/16']) expect(text).not.toContain(part)
    }
  })
})

it('why it matters is told by the role, also where nobody knows whether there is one', () => {
  const unread = [{ part: 'firewall', command: 'nft', said: { en: 'x', zh: 'x' }, isMissing: false }] as const
  const why = (settings: typeof cloud | typeof edge) => found({ settings, facts: { unread } })[0]?.matters.en
  expect(why(cloud)).toContain('10000')
  expect(why(edge)).not.toContain('10000')
})

it('the line for firewalld is read by every shell, not by bash alone', () => {
  const line = found({ settings: cloud, facts: { firewall: 'firewalld' } })[0]?.fix.en ?? ''
  const script = `firewall-cmd() { printf '%s\\n' "$@"; }; ${line}`.replaceAll('firewall-cmd', 'firewall_cmd')
  const typed = execFileSync('sh', ['-c', script], { encoding: 'utf8' }).trim().split('\n')
  expect(typed).toEqual([
    '--permanent',
    ...[6443, 10000, 10002, 10004, 20006].map((port) => `--add-port=${port}/tcp`),
    '--permanent',
    '--zone=trusted',
    '--add-source=10.42.0.0/16',
    '--add-source=10.43.0.0/16',
    '--reload',
  ])
})

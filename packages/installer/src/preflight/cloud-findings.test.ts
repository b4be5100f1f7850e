import { same } from '@edgelift/core'
import { describe, expect, it } from 'vitest'
import type { PortState } from '../node/port-state.ts'
import { CA, type Change, codes, edge, NOW, reachable, token } from './preflight.sample.ts'

describe('finds at the cloud', () => {
  const ports = (state: PortState, ...closed: number[]) => ({
    cloud: {
      ...reachable,
      ports: reachable.ports.map(({ port }) => ({
        port,
        state: closed.includes(port) ? state : ('open' as const),
      })),
    },
  })
  const offset = (clockOffset: number) => ({ cloud: { ...reachable, clockOffset } })
  const taken = { cloud: { ...reachable, nodeTaken: true } }
  const installed = { role: 'edge', bundle: 'x', nodeName: undefined } as const
  const cases: [string, Change, string[]][] = [
    [
      'a name that nobody knows',
      { cloud: { ...reachable, resolved: false, ports: [] } },
      ['error CLOUD_NAME_UNKNOWN'],
    ],
    ['the hub refused', ports('refused', 10000), ['error CLOUD_REFUSED']],
    [
      'everything silent',
      ports('silent', 10000, 10002, 10004, 20006),
      ['error CLOUD_SILENT', 'warning CLOUD_SILENT'],
    ],
    ['the relay unreachable', ports('unreachable', 20006), ['warning CLOUD_UNREACHABLE']],
    ['a clock that is late', offset(3600), ['error CLOCK_DIFFERS']],
    ['a clock that is a little early', offset(-60), ['warning CLOCK_DIFFERS']],
    ['a second of difference', offset(1), []],
    [
      'an address that its certificate does not have',
      { cloud: { ...reachable, foreignAddress: 'x' } },
      ['error CLOUD_ADDRESS_FOREIGN'],
    ],
    [
      'a port that is open, and nobody who responds',
      { cloud: { ...reachable, caHash: undefined, nodeTaken: undefined } },
      ['warning NOT_CHECKED'],
    ],
    [
      'that it does not say whether the name is taken',
      { cloud: { ...reachable, nodeTaken: undefined } },
      ['warning NOT_CHECKED'],
    ],
    ['a name that is taken', taken, ['error NODE_NAME_TAKEN']],
    [
      'its own name after a cleanup',
      { ...taken, facts: { formerNode: { nodeName: 'edge-1', cloud: '10.77.0.1' } } },
      ['note NODE_REJOINS'],
    ],
    ['its own name in a half-finished installation', { ...taken, facts: { installed } }, []],
    [
      'another name than that of a half-finished installation',
      { ...taken, settings: { ...edge, nodeName: 'other' }, facts: { installed } },
      ['error NODE_NAME_TAKEN'],
    ],
    ['no token', { token: { state: 'absent' } }, ['error TOKEN_MISSING']],
    [
      'another name for a node that has joined, which no token helps',
      {
        token: { state: 'absent' },
        settings: { ...edge, nodeName: 'other' },
        facts: { installed, joinedCa: CA },
      },
      [],
    ],
    ['a token that is none', { token: { state: 'malformed', where: same('f') } }, ['error TOKEN_MALFORMED']],
    [
      'a token that cannot be read',
      { token: { state: 'unreadable', where: same('f'), why: same('') } },
      ['error TOKEN_UNREADABLE'],
    ],
    ['a token that ran out', { token: token(NOW - 1) }, ['error TOKEN_EXPIRED']],
    [
      "a token that ran out by the cloud's clock",
      { ...offset(120), token: token(NOW + 60) },
      ['error TOKEN_EXPIRED', 'warning CLOCK_DIFFERS'],
    ],
    ['a token of another cloud', { token: token(NOW + 60, 'b'.repeat(64)) }, ['error TOKEN_FOREIGN']],
  ]
  it.each(cases)('%s', (_title, change, expected) => {
    expect(codes(change)).toEqual(expected)
  })

  it('nothing that keeps a joined edge from being mended: no token, no cloud, another cloud', () => {
    const joined = {
      joined: true,
      facts: { joined: true, joinedCa: CA, installed },
      token: { state: 'absent' } as const,
    }
    expect(codes({ ...joined })).toEqual([])
    expect(codes({ ...joined, ...ports('refused', 10000) })).toEqual(['warning CLOUD_REFUSED'])
    expect(codes({ ...joined, cloud: { ...reachable, caHash: 'b'.repeat(64) } })).toEqual([
      'warning CLOUD_REPLACED',
    ])
  })

  it('another address for a joined edge at which its cloud is not: it would cut the edge off', () => {
    const at = (cloud: string) => ({
      joined: true,
      facts: { joined: true, joinedCa: CA, installed: { ...installed, cloud } },
      token: { state: 'absent' } as const,
    })
    const away = ports('silent', 10000, 10002)
    expect(codes({ ...at('10.77.0.9'), ...away })).toEqual(['error CLOUD_SILENT'])
    expect(codes({ ...at('10.77.0.1'), ...away })).toEqual(['warning CLOUD_SILENT'])
    const other = { cloud: { ...reachable, caHash: 'b'.repeat(64) } }
    expect(codes({ ...at('10.77.0.9'), ...other })).toEqual(['error CLOUD_REPLACED'])
    expect(codes(at('10.77.0.9'))).toEqual([])
  })
})

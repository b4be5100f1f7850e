import { describe, expect, it } from 'vitest'
import { codes, found, reachable } from './preflight.sample.ts'

const [HUB, HTTPS, TUNNEL, RELAY] = [20_000, 20_002, 20_004, 20_006] as const
/** A cloud whose CloudHub is not at 10000. */
const cloudWith = (states: Readonly<Record<number, 'refused' | 'silent' | 'unreachable'>>) => ({
  cloud: {
    ...reachable,
    ports: [HUB, HTTPS, TUNNEL, RELAY].map((port) => ({ port, state: states[port] ?? ('open' as const) })),
  },
})

describe('nothing joins without CloudHub and its HTTPS port; the others may come later', () => {
  it.each([
    [HUB, 'error'],
    [HTTPS, 'error'],
    [TUNNEL, 'warning'],
    [RELAY, 'warning'],
  ] as const)('%i: %s', (port, severity) => {
    expect(codes(cloudWith({ [port]: 'refused' }))).toEqual([`${severity} CLOUD_REFUSED`])
  })
})

it('ports that fail alike are told together, with what each is for', () => {
  const findings = found(cloudWith({ [HUB]: 'silent', [HTTPS]: 'silent', [TUNNEL]: 'unreachable' }))
  expect(findings.map(({ code, seen, matters }) => [code, seen.en, matters.en])).toEqual([
    [
      'CLOUD_SILENT',
      '10.77.0.1 does not respond at TCP 20000, 20002 within 3 seconds',
      '20000: all messages between edge and cloud; 20002: the certificate for this node',
    ],
    ['CLOUD_UNREACHABLE', '10.77.0.1 is unreachable (TCP 20004)', '20004: kubectl logs and exec'],
  ])
})

it('a firewall is to open the ports of this very cloud', () => {
  const [finding] = found(cloudWith({ [HUB]: 'silent' }))
  for (const words of [finding?.fix.en, finding?.fix.zh])
    for (const port of [HUB, HTTPS, TUNNEL, RELAY]) expect(words).toContain(String(port))
})

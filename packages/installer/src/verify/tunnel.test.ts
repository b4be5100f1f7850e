import { expect, it } from 'vitest'
import type { PortState } from '../node/port-state.ts'
import { tunnelExplanation } from './tunnel.ts'

const of = (port: PortState, agentLog = '', edgecoreLog = '') =>
  tunnelExplanation({ relay: { host: '10.77.0.1', port }, agentLog, edgecoreLog })

const DIALLED =
  'E1128 10:00:00.000000 1 loadbalancer.go:9] Dial failed: libp2p dial {tcp cloud 10.42.0.5 8080} err: connection refused'
const OTHER_KEY =
  'E1128 10:00:00.000000 1 tunnel.go:9] failed to negotiate security protocol: message did not have trailing newline'
const DROPPED = `E1128 10:00:00.000000 1 x.go:9] decode: Object 'Kind' is missing in '{"metadata":{}}'`

it.each([
  ['a closed port', of('refused'), 'RELAY_UNREACHABLE', 'refuses connections', 'doctor'],
  ['a firewall', of('silent'), 'RELAY_UNREACHABLE', 'firewall', 'open TCP 20006'],
  ['a missing route', of('unreachable'), 'RELAY_UNREACHABLE', 'no route', 'ip route get 10.77.0.1'],
  ['another PSK', of('open', OTHER_KEY), 'PSK_DIFFERS', 'older PSK', 'delete pods'],
  ['Endpoints of before', of('open', DIALLED), 'ENDPOINTS_STALE', '10.42.0.5 on cloud', 'annotate endpoints'],
  [
    'Endpoints that EdgeCore dropped',
    of('open', '', DROPPED),
    'ENDPOINTS_STALE',
    'old Endpoints',
    'annotate endpoints',
  ],
  ['nothing of that', of('open', 'I1128 started'), 'TUNNEL_BROKEN', 'pod does not run', './edgelift verify'],
])('tells %s from the others, with a fix of its own', (_what, found, code, cause, fix) => {
  expect(found.code).toBe(code)
  expect(found.cause.en).toContain(cause)
  expect(found.fix.en).toContain(fix)
})

it('believes a port that is closed before an older line of the log', () => {
  expect(of('silent', DIALLED).code).toBe('RELAY_UNREACHABLE')
})

import { once } from 'node:events'
import { createServer } from 'node:net'
import { describe, expect, it } from 'vitest'
import { RELAY_PORT } from '../inspect/cloud-facts.ts'
import type { PortState } from '../node/port-state.ts'
import { journalOf } from '../testing/journal.ts'
import { trial } from '../testing/trial.ts'
import { explainTunnel, tunnelExplanation } from './tunnel.ts'

const of = (port: PortState, agentLog = '', edgecoreLog = '') =>
  tunnelExplanation({ relay: { host: '10.77.0.1', port }, agentLog, edgecoreLog })

const DIALLED =
  'E1128 10:00:00.000000 1 loadbalancer.go:9] Dial failed: libp2p dial {tcp cloud 10.42.0.5 8080} err: connection refused'
const OTHER_KEY =
  'E1128 10:00:00.000000 1 tunnel.go:9] failed to negotiate security protocol: message did not have trailing newline'
const WORDS =
  'E1128 10:00:00.000000 1 imitator.go:266] failed to unmarshal message content to unstructured obj:'
const DROPPED = `${WORDS} Object 'Kind' is missing in '{"metadata":{"annotations":{},"name":"web-cloud"},"subsets":[{}]}'`
const HARMLESS = [
  '{"metadata":{"name":"edge","creationTimestamp":null,"labels":{"kubernetes.io/hostname":"edge"}}}',
  '{"metadata":{"creationTimestamp":"2026-11-30T00:32:20Z","name":"default"},"spec":{"finalizers":["kubernetes"]}}',
  '{"gracePeriodSeconds":0,"preconditions":{"uid":"4edefabd-d137"}}',
].map((object) => `${WORDS} Object 'Kind' is missing in '${object}'`)

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
  [
    'what EdgeCore drops without harm',
    of('open', '', HARMLESS.join('\n')),
    'TUNNEL_BROKEN',
    'pod does not run',
    'verify',
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

describe('on a node', () => {
  /** An address of this machine's loopback that no other test listens at. */
  const CLOUD = '127.77.0.1'
  const log = (pod: string) => `/var/log/pods/kubeedge_edgemesh-agent-${pod}/edgemesh-agent/0.log`

  it('the relay’s port and the newest log of its agents decide', async () => {
    await using on = await trial()
    await using relay = createServer((socket) => socket.destroy()).listen(RELAY_PORT, CLOUD)
    await once(relay, 'listening')
    for (const pod of ['old', 'new']) await on.put(log(pod))
    await on.put('/var/log/pods/kube-system_other/x/0.log')
    on.script('tail -n 400', (args) => (args.at(-1) === log('new') ? OTHER_KEY : 'I1128 started'))
    // The older one was written before this machine's clock was set.
    on.script('find', `95.5 ${log('old')}\n1796000000.1 ${log('new')}\n`)
    expect((await explainTunnel(on.host, CLOUD)).code).toBe('PSK_DIFFERS')
    expect(on.calls.find((line) => line.startsWith('find'))).not.toContain('other')
    on.script('find', `1796000000.1 ${log('new')}\n1796000009.1 ${log('old')}\n`)
    expect((await explainTunnel(on.host, CLOUD)).code).toBe('TUNNEL_BROKEN')
  })

  it('what EdgeCore dropped before it was restarted is no cause', async () => {
    await using on = await trial()
    await using relay = createServer((socket) => socket.destroy()).listen(RELAY_PORT, CLOUD)
    await once(relay, 'listening')
    journalOf(on, 'edgecore.service', { former: DROPPED, present: 'I1128 started' })
    expect((await explainTunnel(on.host, CLOUD)).code).toBe('TUNNEL_BROKEN')
    journalOf(on, 'edgecore.service', { former: '', present: DROPPED })
    expect((await explainTunnel(on.host, CLOUD)).code).toBe('ENDPOINTS_STALE')
  })

  it('a link that is missing is told before what the logs of earlier say', async () => {
    await using on = await trial()
    await using relay = createServer((socket) => socket.destroy()).listen(RELAY_PORT, CLOUD)
    await once(relay, 'listening')
    journalOf(on, 'edgecore.service', { former: '', present: DROPPED })
    on.script('ip -4 -o addr show', '1: lo    inet 127.0.0.1/8 scope host lo')
    expect(await explainTunnel(on.host, CLOUD)).toMatchObject({ code: 'LINK_MISSING' })
    on.script('ip -4 -o addr show', '7: edgemesh0    inet 169.254.96.16/32 scope global edgemesh0')
    expect(await explainTunnel(on.host, CLOUD)).toMatchObject({ code: 'ENDPOINTS_STALE' })
  })

  it('a relay that refuses is told, whatever the logs say', async () => {
    await using on = await trial()
    expect(await explainTunnel(on.host, '127.77.0.2')).toMatchObject({
      code: 'RELAY_UNREACHABLE',
      cause: { en: expect.stringContaining('127.77.0.2 TCP 20006 refuses') },
    })
  })
})

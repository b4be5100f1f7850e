import { expect, it } from 'vitest'
import { disconnected } from './cloud-link.ts'
import type { DoctorCode } from './codes.ts'
import { FOLLOWS, withConsequences } from './consequences.ts'
import type { Diagnosis } from './diagnosis.ts'

const text = { en: '', zh: '' }
const marked = (...codes: DoctorCode[]) =>
  withConsequences(codes.map((code) => ({ code, seen: text, cause: text, fix: text }))).map(
    ({ code, consequenceOf }) => (consequenceOf === undefined ? code : `${code} < ${consequenceOf}`),
  )

it('has one cause for an edge that boots without its cloud', () => {
  expect(
    marked('LINK_MISSING', 'CLOUD_UNREACHABLE', 'CLOUD_DISCONNECTED', 'DNS_SILENT', 'TUNNEL_BROKEN'),
  ).toEqual([
    'CLOUD_UNREACHABLE',
    'LINK_MISSING < CLOUD_UNREACHABLE',
    'CLOUD_DISCONNECTED < CLOUD_UNREACHABLE',
    'DNS_SILENT < CLOUD_UNREACHABLE',
    'TUNNEL_BROKEN < CLOUD_UNREACHABLE',
  ])
})

it('takes the cloud for the cause of an EdgeCore that cannot join, and not of one that was stopped', () => {
  const down = { code: 'UNIT_DOWN', seen: text, cause: text, fix: text } as const
  const away = { ...down, code: 'CLOUD_UNREACHABLE' } as const
  const first = (one: Diagnosis) => withConsequences([one, away]).map(({ code }) => code)[0]
  expect(first({ ...down, mayFollow: ['CLOUD_UNREACHABLE'] })).toBe('CLOUD_UNREACHABLE')
  expect(first(down)).toBe('UNIT_DOWN')
})

it('explains what is missing in the cluster by the service that is stopped', () => {
  expect(marked('CRD_MISSING', 'UNIT_DOWN', 'API_SILENT')).toEqual([
    'UNIT_DOWN',
    'CRD_MISSING < UNIT_DOWN',
    'API_SILENT < UNIT_DOWN',
  ])
})

it('explains a mesh refresh that cannot reach the API by what holds up the API', () => {
  expect(marked('MESH_REFRESH_OFF', 'CERTIFICATE_EXPIRED')).toEqual([
    'CERTIFICATE_EXPIRED',
    'MESH_REFRESH_OFF < CERTIFICATE_EXPIRED',
  ])
  expect(marked('MESH_REFRESH_OFF', 'UNIT_DOWN')).toEqual(['UNIT_DOWN', 'MESH_REFRESH_OFF < UNIT_DOWN'])
  expect(marked('MESH_REFRESH_OFF', 'API_SILENT')).toEqual(['API_SILENT', 'MESH_REFRESH_OFF < API_SILENT'])
  expect(marked('MESH_REFRESH_OFF')).toEqual(['MESH_REFRESH_OFF'])
})

it('leaves what has nothing to do with each other', () => {
  expect(marked('CLOCK_DIFFERS', 'IMAGE_MISSING')).toEqual(['CLOCK_DIFFERS', 'IMAGE_MISSING'])
  expect(marked('TUNNEL_BROKEN')).toEqual(['TUNNEL_BROKEN'])
})

it('takes a wrong clock for the cause of a refused certificate, and not of another refusal', () => {
  const clock = { code: 'CLOCK_DIFFERS', seen: text, cause: text, fix: text } as const
  const cause = (words: string) =>
    withConsequences([disconnected('10.77.0.1', words), clock]).find(
      ({ code }) => code === 'CLOUD_DISCONNECTED',
    )?.consequenceOf
  const early =
    'x509: certificate has expired or is not yet valid: current time 1970-01-01T00:00:31Z is before 2026-11-29'
  expect(cause(early)).toBe('CLOCK_DIFFERS')
  expect(cause('connection refused')).toBeUndefined()
})

it('never has a cause follow from what it brings about', () => {
  const place = (code: DoctorCode) => FOLLOWS.findIndex(([cause]) => cause === code)
  for (const [cause, follows] of FOLLOWS)
    for (const one of follows.filter((code) => place(code) >= 0))
      expect(place(one), `${cause} before ${one}`).toBeGreaterThan(place(cause))
})

it('takes a certificate that is valid by the clock of another node for a consequence of the clock, and puts causes first', () => {
  const day = 86_400_000
  const one = (code: DoctorCode, more: Partial<Diagnosis> = {}): Diagnosis => ({
    ...{ code, seen: text, cause: text, fix: text },
    ...more,
  })
  const told = (ahead: number) =>
    withConsequences([
      one('CLOUD_DISCONNECTED'),
      one('CERTIFICATE_EXPIRED', { overFor: 3 * day }),
      one('CLOCK_DIFFERS', { ahead }),
    ]).map(({ code, consequenceOf }) => [code, consequenceOf])
  expect(told(400 * day)).toEqual([
    ['CLOCK_DIFFERS', undefined],
    ['CERTIFICATE_EXPIRED', 'CLOCK_DIFFERS'],
    ['CLOUD_DISCONNECTED', 'CERTIFICATE_EXPIRED'],
  ])
  expect(told(day)).toContainEqual(['CERTIFICATE_EXPIRED', undefined])
  expect(told(-400 * day)).toContainEqual(['CERTIFICATE_EXPIRED', undefined])
})

it('takes a node that is down for the cause of what is missing on it', () => {
  expect(marked('POD_NOT_RUNNING', 'AGENT_MISSING', 'NODE_NOT_READY')).toEqual([
    'POD_NOT_RUNNING',
    'NODE_NOT_READY',
    'AGENT_MISSING < NODE_NOT_READY',
  ])
})

it('takes nothing for a cause that is a note, or that brings nothing about', () => {
  const crash: Diagnosis = {
    ...{ code: 'UNIT_DOWN', seen: text, cause: text, fix: text, mayFollow: ['FILE_CHANGED'] },
  }
  const file: Diagnosis = { code: 'FILE_CHANGED', seen: text, cause: text, fix: text }
  const causeOf = (changed: Diagnosis) =>
    withConsequences([crash, changed]).find(({ code }) => code === 'UNIT_DOWN')?.consequenceOf
  expect(causeOf(file)).toBe('FILE_CHANGED')
  expect(causeOf({ ...file, severity: 'note' })).toBeUndefined()
  expect(causeOf({ ...file, brings: [] })).toBeUndefined()
})

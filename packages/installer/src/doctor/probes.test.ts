import { describe, expect, it } from 'vitest'
import type { Facts } from '../facts/facts.ts'
import type { Receipt } from '../steps/receipt.ts'
import { hostDiagnoses } from './probes.ts'

const facts = (more: Partial<Facts>) =>
  ({ places: [], nameservers: ['10.0.0.53'], ...more }) as unknown as Facts
const installed = { completed: '2026-01-01T00:00:00Z' } as Receipt
const codes = (receipt: Receipt | undefined, more: Partial<Facts> = {}) =>
  hostDiagnoses(receipt, facts(more)).map(({ code }) => code)

describe('what the host tells', () => {
  it('nothing is wrong', () => expect(codes(installed)).toEqual([]))
  it('an installation that is absent or not finished', () => {
    expect(codes(undefined)).toEqual(['NOT_INSTALLED'])
    expect(codes({} as Receipt)).toEqual(['INSTALLATION_INCOMPLETE'])
  })
  it('no nameserver, or EdgeMesh as its own', () => {
    expect(codes(installed, { nameservers: [] })).toEqual(['NAMESERVER_MISSING'])
    expect(codes(installed, { nameservers: ['169.254.96.16', '10.0.0.53'] })).toEqual(['NAMESERVER_MISSING'])
  })
  it('a full disk', () => {
    const places = [{ path: '/var/lib', mount: '/', options: [], freeBytes: 1000 }]
    expect(codes(installed, { places })).toEqual(['DISK_FULL'])
  })
})

import { describe, expect, it } from 'vitest'
import { type CertificateEnd, unreadCertificate } from '../inspect/certificates.ts'
import { certificateDocument, certificatesText, unreadText } from './certificates-text.ts'

const NOW = Date.parse('2026-11-29T12:00:00.000Z')
const DAY = 86_400_000 // milliseconds
const end = (name: CertificateEnd['name'], days: number): CertificateEnd => ({
  name,
  place: '/etc/a.crt',
  ends: NOW + days * DAY,
})
const paint = { red: (text: string) => `<red>${text}`, yellow: (text: string) => `<yellow>${text}` }
const line = (one: CertificateEnd, lang: 'en' | 'zh') => certificatesText([one], NOW, lang, paint)[1] ?? ''

describe('the end of a certificate', () => {
  it.each([
    [365, 'ok', '365 days left', '还有 365 天'],
    [60, 'planned', '<yellow>60 days left', '<yellow>还有 60 天'],
    [30, 'soon', '<red>30 days left', '<red>还有 30 天'],
    [1, 'soon', '<red>1 day left', '<red>还有 1 天'],
    [0.5, 'soon', '<red>0 days left', '<red>还有 0 天'],
    [-3, 'expired', '<red>expired', '<red>已过期'],
  ])('in %d days is %s', (days, state, en, zh) => {
    const one = end('edgecore', days)
    expect(certificateDocument(one, NOW)).toMatchObject({ name: 'edgecore', state, days: Math.floor(days) })
    expect(line(one, 'en')).toMatch(new RegExp(`^  EdgeCore's certificate +\\S+ +${en}$`))
    expect(line(one, 'zh')).toMatch(new RegExp(`^  EdgeCore 证书 +\\S+ +${zh}$`))
  })

  it('of a join token is no matter: CloudCore makes another one every day', () => {
    expect(certificateDocument(end('join-token', -1), NOW).state).toBe('ok')
    expect(line(end('join-token', -1), 'en')).not.toMatch(/left|expired/)
  })

  it('is not mentioned where there is no certificate', () => {
    expect(certificatesText([], NOW, 'en', paint)).toEqual([])
  })
})

describe('a certificate that could not be read', () => {
  const all = (['k3s', 'k3s-ca', 'cloudhub'] as const).map((name) => end(name, 400))

  it.each([
    [{ role: 'cloud', completed: 'x' }, all, undefined],
    [{ role: 'cloud', completed: 'x' }, all.slice(0, 2), 'cloudhub'],
    [{ role: 'cloud' }, [], undefined],
    [{ role: 'edge', completed: 'x' }, [], 'edgecore'],
    [{ role: 'edge', completed: 'x' }, [end('edgecore', 5)], undefined],
  ] as const)('is one that edges are connected by: %j', (receipt, ends, name) => {
    expect(unreadCertificate(receipt, ends)).toBe(name)
  })

  it('is named, with where to look', () => {
    expect(unreadText('cloudhub', 'en')).toBe(
      "CloudHub's certificate: end unknown, its Secret cannot be read from the API: ./edgelift doctor",
    )
    expect(unreadText('edgecore', 'zh')).toBe(
      'EdgeCore 证书有效期未知：证书缺失或已损坏，请执行 ./edgelift doctor',
    )
  })
})

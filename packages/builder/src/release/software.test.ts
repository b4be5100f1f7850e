// biome-ignore-all lint/suspicious/noTemplateCurlyInString: releases have templates of their own
import { expect, it } from 'vitest'
import { expandSoftware, formatCpe, Software } from './software.ts'

const VARIABLES = new Map([['k3s', '1.34.2+k3s1']])

it('fills the version in everywhere, encoded in the package URL and escaped in the CPE', () => {
  const software = {
    version: '${k3s}',
    purl: 'pkg:github/k3s-io/k3s@v${k3s}',
    cpe: 'k3s:k3s',
    license: 'Apache-2.0',
    notice: 'licenses/k3s-${k3s}.txt',
  }
  expect(expandSoftware(software, VARIABLES)).toEqual({
    version: '1.34.2+k3s1',
    purl: 'pkg:github/k3s-io/k3s@v1.34.2%2Bk3s1',
    cpe: 'cpe:2.3:a:k3s:k3s:1.34.2\\+k3s1:*:*:*:*:*:*:*',
    license: 'Apache-2.0',
    notice: 'licenses/k3s-1.34.2+k3s1.txt',
  })
  expect(expandSoftware({ version: '1', purl: 'pkg:generic/a@1' }, VARIABLES)).toEqual({
    version: '1',
    purl: 'pkg:generic/a@1',
  })
})

it('writes a version in lower case, with every letter escaped that CPE reads in its own way', () => {
  expect(formatCpe('a:b', '1.0-RC_1:x*')).toBe('cpe:2.3:a:a:b:1.0-rc_1\\:x\\*:*:*:*:*:*:*:*')
})

it.each([
  { version: '', purl: 'pkg:generic/a@1' },
  { version: '1', purl: 'generic/a@1' },
  { version: '1', purl: 'pkg:generic/a b' },
  { version: '1', purl: 'pkg:generic/a', cpe: 'a' },
  { version: '1', purl: 'pkg:generic/a', cpe: 'cpe:2.3:a:b' },
  { purl: 'pkg:generic/a' },
])('is refused: %j', (software) => {
  expect(Software.safeParse(software).success).toBe(false)
})

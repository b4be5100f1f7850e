import { expect, it } from 'vitest'
import { plainJson, plainText } from './plain-text.ts'
import { withoutUserinfo } from './userinfo.ts'

const DIGEST = `sha256:${'a'.repeat(64)}`

it.each([
  ['https://me:pw@h.example/x', 'https://…@h.example/x'],
  ['ftp://me:p@ss:w/or@d@h.example:21/x', 'ftp://…@h.example:21/x'],
  ['looked in /srv/https:/me:pw@h.example, /x', 'looked in /srv/https:/…@h.example, /x'],
  ['/srv/https:/ghp_0123456789abcdef@h.example', '/srv/https:/…@h.example'],
  ['"https://:pw@h.example" and "http://a:b@c"', '"https://…@h.example" and "http://…@c"'],
  ['https://ghp_0123456789abcdef@h.example', 'https://…@h.example'],
  ['me:pw@h.example/repository:1 is no reference', '…@h.example/repository:1 is no reference'],
  [`"me:pw@h.example/repository@${DIGEST}"`, `"…@h.example/repository@${DIGEST}"`],
  ['HTTPS_PROXY=me:p@ss@proxy:3128', 'HTTPS_PROXY=…@proxy:3128'],
  [`https://aws:${'eyJ0'.repeat(600)}@h.example/x`, 'https://…@h.example/x'],
  [`https://${'eyJ0'.repeat(600)}@h.example/x`, 'https://…@h.example/x'],
  ['http://me@corp.example:s3cret@proxy:3128', 'http://…@proxy:3128'],
  ['me@corp.example:s3cret@h.example/repository:1', '…@h.example/repository:1'],
  ['mirrors [a:b@h1.example,c:d@h2.example]', 'mirrors […@h2.example]'],
])('%j is shown as %j', (text, shown) => {
  expect(withoutUserinfo(text)).toBe(shown)
  expect(plainText(text)).toBe(shown)
  expect(JSON.parse(plainJson(JSON.stringify({ text })))).toEqual({ text: shown })
})

it.each([
  `docker.io/library/busybox:1.36.1@${DIGEST}`,
  `localhost:5000/a:1@${DIGEST}`,
  'pkg:github/k3s-io/k3s@v1.34.2+k3s1',
  'https://unpkg.example/@scope/name@1.2.3/x',
  'https://h.example:8443/a@v1.2',
  'mailto:support@h.example',
  'https://builder@h.example/x',
  'https://builder@h.example:8443/x/name@v1',
  `name@${DIGEST}, other:1@${DIGEST}`,
  'getty@tty1.service: started user@1000.service',
  'key: name@h.example',
])('%j stays as it is', (text) => {
  expect(withoutUserinfo(text)).toBe(text)
})

it('reads a megabyte of what never ends in a host in no time', () => {
  const before = process.cpuUsage()
  for (const half of ['a:', '//a:', '@', 'a:b@ ', ':', '//', 'a', 'a@'])
    withoutUserinfo(`${half.repeat(1_000_000 / half.length)}@`)
  const { user } = process.cpuUsage(before)
  expect(user / 1000).toBeLessThan(4000)
})

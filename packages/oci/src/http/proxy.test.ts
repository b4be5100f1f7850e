import { describe, expect, it } from 'vitest'
import { noProxy, proxiesOf } from './proxy.ts'

describe('noProxy', () => {
  it.each([
    ['10.0.0.0/8', 'https://10.1.2.3/', true],
    ['10.0.0.0/8', 'https://11.1.2.3/', false],
    ['10.0.0.0/8', 'https://ten.example/', false],
    ['2001:db8::/32', 'https://[2001:db8::5]:5000/', true],
    ['fd00::/8', 'https://[fe80::1]/', false],
    ['192.168.1.5', 'http://192.168.1.5:5000/', true],
    ['192.168.1.5:5000', 'http://192.168.1.5:5000/', true],
    ['192.168.1.5:5000', 'http://192.168.1.5/', false],
    ['[fd00::1]:443', 'https://[fd00::1]/', true],
    ['fd00::1', 'https://[fd00:0::1]/', true],
    ['example.com', 'https://example.com/', true],
    ['example.com', 'https://a.example.com/', true],
    ['example.com', 'https://notexample.com/', false],
    ['.example.com', 'https://a.example.com/', true],
    ['.example.com', 'https://example.com/', false],
    ['*.example.com', 'https://a.b.example.com/', true],
    ['*.example.com', 'https://example.com/', false],
    ['Example.COM:8443', 'https://example.com:8443/', true],
    ['Example.COM:8443', 'https://example.com/', false],
    ['a.example, b.example', 'https://b.example/', true],
    ['a.example b.example', 'https://b.example/', true],
    ['*', 'https://anything.example/', true],
    ['', 'http://localhost:5000/', true],
    ['', 'http://127.8.9.1/', true],
    ['', 'http://[::1]:5000/', true],
    ['10.0.0.0/99', 'https://10.0.0.1/', false],
    ['.', 'https://a.example/', false],
  ])('%s covers %s: %s', (text, url, direct) => {
    expect(noProxy(text)(new URL(url))).toBe(direct)
  })
})

describe('proxiesOf', () => {
  const https = new URL('https://registry.example/')

  it.each([
    ['proxy.example:3128', 'http://proxy.example:3128/'],
    ['http://user:p%40ss@proxy.example', 'http://user:p%40ss@proxy.example/'],
    ['https://proxy.example:8443', 'https://proxy.example:8443/'],
    ['10.0.0.1:8080', 'http://10.0.0.1:8080/'],
    ['https://user:pw@proxy.example/path?a=b#c', 'https://user:pw@proxy.example/'],
  ])('takes %s', (value, proxy) => {
    expect(proxiesOf({ HTTPS_PROXY: value }).proxyFor(https)).toBe(proxy)
  })

  it('prefers lower case, and goes directly where it is empty', () => {
    expect(proxiesOf({ HTTPS_PROXY: 'http://a', https_proxy: 'http://b' }).proxyFor(https)).toBe('http://b/')
    expect(proxiesOf({ HTTPS_PROXY: 'http://a', https_proxy: '' }).proxyFor(https)).toBeUndefined()
    expect(proxiesOf({ HTTP_PROXY: 'http://a' }).proxyFor(https)).toBeUndefined()
  })

  it.each([
    'htp://x',
    'socks5://x:1080',
    'http://',
    '://',
    'http://[::1',
    'http://user:s3cret@',
    'http://user:%zzs3cret@a',
  ])('refuses %s, naming the variable and no password', (value) => {
    const refused = expect.objectContaining({ code: 'PROXY_INVALID', exit: 2 })
    expect(() => proxiesOf({ HTTPS_PROXY: value })).toThrow(refused)
    try {
      proxiesOf({ HTTPS_PROXY: value })
    } catch (error) {
      expect(JSON.stringify(error)).toContain('HTTPS_PROXY')
      expect(JSON.stringify(error)).not.toContain('s3cret')
    }
  })
})

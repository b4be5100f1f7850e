import { BlockList, isIP } from 'node:net'
import { fail } from '../codes.ts'
import { rememberUserinfo } from './url-secrets.ts'

type Env = Readonly<Record<string, string | undefined>>

/** The proxies of an environment, and which addresses are reached without one. */
export interface Proxies {
  /** The proxy's URL for a request, user and password included; undefined where it goes directly. */
  proxyFor(url: URL): string | undefined
}

/**
 * Reads `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY` as Go's clients do (golang.org/x/net/http/httpproxy) and curl, which
 * prefers lower case. A proxy without a scheme is spoken to in plain HTTP.
 * @throws PROXY_INVALID naming the variable, for what can be no proxy
 */
export function proxiesOf(env: Env): Proxies {
  const proxies: Readonly<Record<string, string | undefined>> = {
    'http:': proxyIn(env, 'http_proxy'),
    'https:': proxyIn(env, 'https_proxy'),
  }
  const isDirect = noProxy(env.no_proxy ?? env.NO_PROXY ?? '')
  return {
    proxyFor(url) {
      const proxy = proxies[url.protocol]
      return proxy === undefined || isDirect(url) ? undefined : proxy
    },
  }
}

function proxyIn(env: Env, lower: string): string | undefined {
  const [name, text] =
    env[lower] === undefined ? [lower.toUpperCase(), env[lower.toUpperCase()]] : [lower, env[lower]]
  const value = text?.trim() ?? ''
  if (value === '') return undefined
  const full = /^[a-z][a-z0-9+.-]*:\/\//i.test(value) ? value : `http://${value}`
  const url = URL.canParse(full) ? new URL(full) : undefined
  if (
    url !== undefined &&
    ['http:', 'https:'].includes(url.protocol) &&
    url.hostname !== '' &&
    decodes(url)
  ) {
    rememberUserinfo(url)
    const user = url.username + url.password === '' ? '' : `${url.username}:${url.password}@`
    return `${url.protocol}//${user}${url.host}/` // a proxy has no path
  }
  throw fail('PROXY_INVALID', {
    what: { en: `${name} names no usable proxy`, zh: `${name} 不是可用的代理` },
    because: {
      en: `its value is "${withoutPassword(value)}"; http:// and https:// proxies are supported`,
      zh: `其值为 "${withoutPassword(value)}"；支持 http:// 与 https:// 代理`,
    },
    fix: {
      en: `set ${name} to http://host:port, or unset it`,
      zh: `请将 ${name} 设为 http://主机:端口，或取消该变量`,
    },
  })
}

function decodes({ username, password }: URL): boolean {
  try {
    decodeURIComponent(username + password)
    return true
  } catch {
    return false
  }
}

function withoutPassword(value: string): string {
  return value.replace(/^([a-z0-9+.-]+:\/\/)?.*@/i, '$1…@')
}

/**
 * Whether a URL is reached directly: `*`; addresses and CIDR ranges; names, which stand for themselves and all names
 * below (`.name` and `*.name`: only those below); each with an optional port. Loopback always is, as in Go.
 */
export function noProxy(text: string): (url: URL) => boolean {
  const rules = text
    .split(/[\s,]+/)
    .filter((entry) => entry !== '')
    .map(ruleOf)
  return (url) => {
    const host = url.hostname
      .toLowerCase()
      .replace(/^\[|\]$/g, '')
      .replace(/\.$/, '')
    const port = url.port || (url.protocol === 'https:' ? '443' : '80')
    return isLoopback(host) || rules.some((rule) => rule(host, port))
  }
}

type Rule = (host: string, port: string) => boolean

function ruleOf(entry: string): Rule {
  const lower = entry.toLowerCase()
  if (lower === '*') return () => true
  const range = cidrRule(lower)
  if (range !== undefined) return range
  const [, bracketed, plain = '', wanted] =
    /^(?:\[([^\]]+)\]|([^:]*|.*:.*:.*?))(?::(\d+))?$/.exec(lower) ?? []
  const name = (bracketed ?? plain).replace(/\.$/, '')
  const portFits = (port: string): boolean => wanted === undefined || wanted === port
  if (isIP(name) !== 0) {
    const same = new BlockList()
    same.addAddress(name, familyOf(name))
    return (host, port) => portFits(port) && isIP(host) !== 0 && same.check(host, familyOf(host))
  }
  const below = name.replace(/^\*?\./, '')
  const onlyBelow = below !== name
  return (host, port) =>
    below !== '' && portFits(port) && (host.endsWith(`.${below}`) || (!onlyBelow && host === below))
}

function cidrRule(entry: string): Rule | undefined {
  const [, address = '', bits = ''] = /^(.+)\/(\d+)$/.exec(entry) ?? []
  const family = isIP(address)
  if (family === 0 || Number(bits) > (family === 4 ? 32 : 128)) return undefined
  const list = new BlockList()
  list.addSubnet(address, Number(bits), familyOf(address))
  return (host) => isIP(host) !== 0 && list.check(host, familyOf(host))
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 6 ? 'ipv6' : 'ipv4'
}

const LOOPBACK = new BlockList()
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4')
LOOPBACK.addAddress('::1', 'ipv6')

function isLoopback(host: string): boolean {
  return host === 'localhost' || (isIP(host) !== 0 && LOOPBACK.check(host, familyOf(host)))
}

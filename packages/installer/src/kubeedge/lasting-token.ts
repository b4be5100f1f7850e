import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import { z } from 'zod'
import { type Cluster, mustGet } from '../kube/kubectl.ts'
import { fail } from '../problem/codes.ts'
import { parseToken } from './join-token.ts'

const HOUR = 3600 // seconds
const UNITS: Readonly<Record<string, number>> = { h: HOUR, d: 24 * HOUR, w: 7 * 24 * HOUR }
const LONGEST = 365 * 24 * HOUR

/**
 * Seconds of a validity as it is typed: `12h`, `30d`, `8w`.
 * @throws ANSWER_INVALID for anything else, and for more than a year
 */
export function parseValidity(text: string): number {
  const [, digits, unit = ''] = /^([1-9]\d{0,4})([hdw])$/.exec(text) ?? []
  const seconds = Number(digits) * (UNITS[unit] ?? Number.NaN)
  if (seconds <= LONGEST) return seconds
  throw fail('ANSWER_INVALID', {
    what: { en: `--valid ${text}: not a duration`, zh: `--valid ${text}：不是有效的时长` },
    because: { en: 'expected: 12h, 30d or 8w, at most 365d', zh: '应为 12h、30d 或 8w，最长 365d' },
    fix: { en: './edgelift token --valid 30d', zh: './edgelift token --valid 30d' },
  })
}

const Authority = z
  .object({ data: z.object({ cadata: z.string(), cakeydata: z.string() }) })
  .optional()
  .catch(undefined)

/**
 * A join token that lasts longer than those that CloudCore makes, signed with the same key: SHA-256 of its CA, then a JSON
 * Web Token that HS256 signs with the CA's private key in DER (KubeEdge pkg/security/token/token.go). CloudCore checks the
 * signature and the end, nothing else, so it accepts it. Only a new CA revokes it.
 * @param current a token of CloudCore's, by which the key is tried
 * @param expires seconds since 1970
 * @throws STEP_FAILED when there is no such key, or it is not the one that CloudCore signs with; COMMAND_FAILED while the API
 * does not respond
 */
export async function lastingToken(cluster: Cluster, current: string, expires: number): Promise<string> {
  const found = await mustGet(cluster, Authority, ['secret', 'casecret', '--ignore-not-found'], 'kubeedge')
  if (found === undefined) throw noKey()
  const key = Buffer.from(found.data.cakeydata, 'base64')
  if (!isSignedWith(current, key)) throw noKey()
  const hash = createHash('sha256').update(Buffer.from(found.data.cadata, 'base64')).digest('hex')
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const signed = `${part({ alg: 'HS256', typ: 'JWT' })}.${part({ exp: expires })}`
  const token = `${hash}.${signed}.${signature(signed, key).toString('base64url')}`
  if (parseToken(token)?.caHash !== parseToken(current)?.caHash) throw noKey()
  return token
}

function isSignedWith(token: string, key: Buffer): boolean {
  const [, header, payload, signed = ''] = token.split('.')
  const own = signature(`${header}.${payload}`, key)
  const theirs = Buffer.from(signed, 'base64url')
  return own.length === theirs.length && timingSafeEqual(own, theirs)
}

function signature(text: string, key: Buffer): Buffer {
  return createHmac('sha256', key).update(text).digest()
}

function noKey(): Error {
  return fail('STEP_FAILED', {
    what: { en: 'a lasting token cannot be signed', zh: '无法签发长期有效的接入令牌' },
    because: {
      en: "Secret kubeedge/casecret does not hold the key that CloudCore's own tokens are signed with",
      zh: 'Secret kubeedge/casecret 中没有 CloudCore 签发令牌所用的密钥',
    },
    fix: {
      en: 'use a token of CloudCore, valid for a day: ./edgelift token',
      zh: '请使用 CloudCore 的令牌（有效期一天）：./edgelift token',
    },
  })
}

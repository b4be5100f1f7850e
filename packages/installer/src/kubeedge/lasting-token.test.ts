import { createHash, createHmac } from 'node:crypto'
import { expect, it } from 'vitest'
import type { Cluster } from '../kube/kubectl.ts'
import { parseToken } from './join-token.ts'
import { lastingToken, parseValidity } from './lasting-token.ts'

const CA = Buffer.from('a certificate')
const KEY = Buffer.from('a private key')

/** As CloudCore makes it (KubeEdge pkg/security/token/token.go). */
function cloudCoreToken(key: Buffer): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const text = `${part({ alg: 'HS256', typ: 'JWT' })}.${part({ exp: 1 })}`
  const signature = createHmac('sha256', key).update(text).digest('base64url')
  return `${createHash('sha256').update(CA).digest('hex')}.${text}.${signature}`
}

const data = { cadata: CA.toString('base64'), cakeydata: KEY.toString('base64') }
const cluster = (stdout = JSON.stringify({ data })): Cluster => ({
  host: { root: '/', env: {}, now: Date.now, exec: async () => ({ code: 0, stdout, stderr: '' }) },
  kubectl: ['kubectl'],
  kubeconfig: '/k',
})

it("is a token as CloudCore's own, of the same cloud, with another end", async () => {
  const current = cloudCoreToken(KEY)
  const token = await lastingToken(cluster(), current, 1_900_000_000)
  expect(parseToken(token)).toMatchObject({ expires: 1_900_000_000, caHash: parseToken(current)?.caHash })
  const [, header, payload, signature] = token.split('.')
  expect(signature).toBe(createHmac('sha256', KEY).update(`${header}.${payload}`).digest('base64url'))
})

it("is not signed with a key that CloudCore's own tokens are not signed with", async () => {
  await expect(lastingToken(cluster(), cloudCoreToken(Buffer.from('other')), 2)).rejects.toMatchObject({
    code: 'STEP_FAILED',
  })
  await expect(lastingToken(cluster('{}'), cloudCoreToken(KEY), 2)).rejects.toMatchObject({
    code: 'STEP_FAILED',
  })
})

it('tells of an API that is silent, and of a cluster without the key, as what they are', async () => {
  await expect(lastingToken(cluster(''), cloudCoreToken(KEY), 2)).rejects.toMatchObject({
    code: 'STEP_FAILED',
    because: { en: expect.stringContaining('casecret') },
  })
  const exec = async () => ({ code: 1, stdout: '', stderr: 'Error from server (Forbidden)' })
  const silent = { ...cluster(), host: { ...cluster().host, exec } }
  await expect(lastingToken(silent, cloudCoreToken(KEY), 2)).rejects.toMatchObject({
    code: 'COMMAND_FAILED',
    because: { en: 'Error from server (Forbidden)' },
  })
})

it('is valid for hours, days or weeks, a year at most', () => {
  expect(['12h', '30d', '8w', '365d'].map(parseValidity)).toEqual([43_200, 2_592_000, 4_838_400, 31_536_000])
  for (const text of ['', '30', '0d', '366d', '-1d', '1.5d', '30 d', '10y'])
    expect(() => parseValidity(text)).toThrow(expect.objectContaining({ code: 'ANSWER_INVALID', exit: 2 }))
})

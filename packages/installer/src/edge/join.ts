import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { request } from 'node:http'
import { fail } from '../codes.ts'

/** `sha256hex(CA DER).header.payload.signature` (KubeEdge pkg/security/token/token.go). */
const TOKEN = /^[0-9a-f]{64}\.[\w-]+\.([\w-]+)\.[\w-]+$/

/**
 * A join token from a file or from standard input (`-`). Never from the command line.
 * @param now seconds since 1970, by the node's clock
 * @throws ANSWER_INVALID: not there, not a token, run out; the token itself is never shown
 */
export async function readToken(file: string, now: number): Promise<string> {
  const where = file === '-' ? 'standard input' : file
  try {
    const text = file === '-' ? readFileSync(0, 'utf8') : await readFile(file, 'utf8')
    return checkToken(text, where, now)
  } catch (error) {
    if (error instanceof Error && 'syscall' in error)
      throw invalid(where, { en: error.message, zh: error.message })
    throw error
  }
}

/** The token in `text`, as far as it can be judged here: its form and its end. `where` names it in errors. */
export function checkToken(text: string, where: string, now: number): string {
  const token = text.trim()
  const payload = TOKEN.exec(token)?.[1]
  if (payload === undefined) throw invalid(where, { en: 'this is not a join token', zh: '这不是加入令牌' })
  const expires = expiryOf(payload)
  if (expires !== undefined && expires <= now) {
    const at = new Date(expires * 1000).toISOString()
    throw invalid(where, {
      en: `the token ran out at ${at}, and this node's clock says ${new Date(now * 1000).toISOString()}`,
      zh: `令牌已于 ${at} 过期，本节点时钟为 ${new Date(now * 1000).toISOString()}`,
    })
  }
  return token
}

function expiryOf(payload: string): number | undefined {
  try {
    const claims: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'))
    const expires = (claims as { exp?: unknown } | null)?.exp
    return typeof expires === 'number' ? expires : undefined
  } catch {
    return undefined
  }
}

function invalid(where: string, because: { en: string; zh: string }): Error {
  return fail('ANSWER_INVALID', {
    what: { en: `no join token in ${where}`, zh: `${where} 中没有可用的加入令牌` },
    because,
    cure: {
      en: 'on the cloud node: ./edgelift token --join edge-join.yaml (a token lives 24 hours)',
      zh: '在云端节点执行：./edgelift token --join edge-join.yaml（令牌有效期 24 小时）',
    },
  })
}

/** The services that this node's metaServer knows; undefined while it does not answer. */
export function metaServerServices(timeout = 12_000): Promise<readonly string[] | undefined> {
  return new Promise((resolve) => {
    const call = request({ host: '127.0.0.1', port: 10550, path: '/api/v1/services', timeout }, (answer) => {
      let body = ''
      answer.setEncoding('utf8')
      answer.on('data', (chunk: string) => {
        body += chunk
      })
      answer.on('end', () => resolve(answer.statusCode === 200 ? namesOf(body) : undefined))
      answer.on('error', () => resolve(undefined))
    })
    call.on('timeout', () => call.destroy())
    call.on('error', () => resolve(undefined))
    call.end()
  })
}

function namesOf(body: string): string[] | undefined {
  try {
    const list = JSON.parse(body) as { items?: { metadata?: { name?: unknown; namespace?: unknown } }[] }
    return (list.items ?? []).map(
      ({ metadata }) => `${String(metadata?.namespace)}/${String(metadata?.name)}`,
    )
  } catch {
    return undefined
  }
}

/**
 * What EdgeCore's own last words mean (seen with KubeEdge v1.22.0): the reason why a join does not come about.
 */
export function joinDiagnosis(log: string): { en: string; zh: string } {
  const found = DIAGNOSES.find(([words]) => log.includes(words))
  return found?.[1] ?? { en: 'edgecore has not joined yet', zh: 'edgecore 尚未加入集群' }
}

const DIAGNOSES: readonly (readonly [string, { en: string; zh: string }])[] = [
  ['token is expired', { en: 'the join token has run out', zh: '加入令牌已过期' }],
  ['token signature is invalid', { en: 'the join token is wrong', zh: '加入令牌错误' }],
  [
    'failed to validate CA certificate',
    { en: 'the join token is of another cloud', zh: '加入令牌属于另一个云端' },
  ],
  ['credentials are in the wrong format', { en: 'the join token is damaged', zh: '加入令牌已损坏' }],
  [
    'failed to get CA certificate',
    { en: 'the cloud does not answer at port 10002', zh: '云端 10002 端口无应答' },
  ],
  [
    'Failed to initialize CSINode',
    { en: 'the cloud does not answer at port 10000', zh: '云端 10000 端口无应答' },
  ],
]

import type { Text } from '@edgelift/core'
import { lastWords } from '../node/last-words.ts'
import { HTTPS_AFTER_HUB } from '../settings/edge.ts'

/**
 * Why a node has not joined, by what EdgeCore last logged (seen with KubeEdge v1.22.0): a cause that is known, else its
 * own last error.
 * @param hubPort CloudHub's, by which the cloud's other ports are counted
 */
export function joinDiagnosis(log: string, hubPort: number): Text {
  const known = knownCause(log, hubPort)
  if (known !== undefined) return known
  const error = lastWords(log)
  return error === undefined
    ? { en: 'EdgeCore has not joined yet', zh: 'EdgeCore 尚未接入集群' }
    : {
        en: `EdgeCore has not joined yet; its last error: ${error}`,
        zh: `EdgeCore 尚未接入集群；最近的错误：${error}`,
      }
}

/** What EdgeCore's last words mean, where that is known. */
export function knownCause(log: string, hubPort: number): Text | undefined {
  return [...REFUSALS, ...silences(hubPort)].find(([words]) => log.includes(words))?.[1]
}

/** Whether EdgeCore was refused for its token, which no waiting fixes. */
export function tokenRefused(log: string): Text | undefined {
  return REFUSALS.find(([words]) => log.includes(words))?.[1]
}

const REFUSALS: readonly (readonly [string, Text])[] = [
  ['token is expired', { en: 'the join token has expired', zh: '接入令牌（token）已过期' }],
  ['token signature is invalid', { en: 'the join token is wrong', zh: '接入令牌（token）错误' }],
  [
    'failed to validate CA certificate',
    { en: 'the join token belongs to another cloud', zh: '接入令牌（token）属于另一个云端' },
  ],
  ['credentials are in the wrong format', { en: 'the join token is damaged', zh: '接入令牌（token）已损坏' }],
]

function silences(hubPort: number): typeof REFUSALS {
  const silent = (port: number) => ({
    en: `the cloud does not respond at port ${port}`,
    zh: `云端 ${port} 端口无响应`,
  })
  return [
    [
      'timeout to get response for message',
      {
        en: `CloudCore accepts connections at port ${hubPort} but does not respond`,
        zh: `CloudCore 在 ${hubPort} 端口接受连接，但没有响应消息`,
      },
    ],
    ['failed to get CA certificate', silent(hubPort + HTTPS_AFTER_HUB)],
    ['Failed to initialize CSINode', silent(hubPort)],
  ]
}

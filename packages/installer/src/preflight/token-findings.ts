import type { Text } from '@edgelift/core'
import type { PreflightCode } from './codes.ts'
import type { PreflightContext } from './context.ts'
import type { Finding } from './finding.ts'

export const NEW_TOKEN = {
  en: 'on the cloud: ./edgelift token --join edge-join.yaml; then here: ./install.sh --config edge-join.yaml',
  zh: '在云端执行 ./edgelift token --join edge-join.yaml；然后在本机执行 ./install.sh --config edge-join.yaml',
}

/** Whether the join token will do, as far as it can be known without using it. Pure. */
export function tokenFindings({ token: given, cloud, facts }: PreflightContext): Finding[] {
  const finding = (code: PreflightCode, seen: Text, matters: Text, fix: Text = NEW_TOKEN): Finding[] => [
    { code, severity: 'error', seen, matters, fix },
  ]
  switch (given.state) {
    case 'absent':
      return finding(
        'TOKEN_MISSING',
        { en: 'no join token is set', zh: '没有给出接入令牌' },
        certificateState(facts),
        {
          en: `${NEW_TOKEN.en}; or --token-file FILE`,
          zh: `${NEW_TOKEN.zh}；或使用 --token-file 文件`,
        },
      )
    case 'unreadable':
      return finding(
        'TOKEN_UNREADABLE',
        {
          en: `cannot read ${given.where.en}: ${given.why.en}`,
          zh: `无法读取 ${given.where.zh}：${given.why.zh}`,
        },
        { en: 'it contains the join token', zh: '接入令牌保存于其中' },
      )
    case 'malformed':
      return finding(
        'TOKEN_MALFORMED',
        { en: `${given.where.en} is not a join token`, zh: `${given.where.zh} 不是有效的接入令牌` },
        {
          en: 'a token is one line, HASH.HEADER.PAYLOAD.SIGNATURE; copying may have cut or wrapped it',
          zh: '令牌为一行，形如 HASH.HEADER.PAYLOAD.SIGNATURE；可能在复制时被截断或换行',
        },
      )
    case 'given': {
      const { caHash, expires } = given.token
      // By the cloud's clock where it is known: that is the one that counts.
      const now = facts.clock + (cloud?.clockOffset ?? 0)
      if (expires !== undefined && expires <= now) {
        const at = new Date(expires * 1000).toISOString()
        const is = new Date(now * 1000).toISOString()
        return finding(
          'TOKEN_EXPIRED',
          {
            en: `the join token in ${given.where.en} expired at ${at}; now it is ${is}`,
            zh: `${given.where.zh} 中的接入令牌已于 ${at} 过期；现在是 ${is}`,
          },
          {
            en: 'a token is valid for 24 hours at most, unless it was created with --valid',
            zh: '令牌最长有效 24 小时，用 --valid 生成的除外',
          },
        )
      }
      if (cloud?.caHash === undefined || cloud.caHash === caHash) return []
      return finding(
        'TOKEN_FOREIGN',
        {
          en: `the join token in ${given.where.en} belongs to another cloud than ${cloud.host}`,
          zh: `${given.where.zh} 中的接入令牌不属于云端 ${cloud.host}`,
        },
        {
          en: 'the token names another CA certificate: it is from another cloud, or the cloud was reinstalled',
          zh: '云端 CA 证书与令牌所指不符：可能是另一个云端，或云端已重新安装',
        },
      )
    }
  }
}

/** Why a token is needed. */
function certificateState({ certificateEnds: ends, clock }: PreflightContext['facts']): Text {
  if (ends === undefined || ends > clock * 1000)
    return {
      en: 'this node has no certificate yet and needs a token to get one',
      zh: '本节点尚无证书，需凭令牌获取',
    }
  const at = new Date(ends).toISOString()
  return {
    en: `this node's certificate expired at ${at}; it needs a token to get a new one`,
    zh: `本节点的证书已于 ${at} 过期，需凭令牌重新获取`,
  }
}

import path from 'node:path'
import { type CommandHandler, usageError } from '@edgelift/core/cli'
import { addTrustedKey } from '../trust/add-key.ts'
import { TRUSTED_KEYS } from '../trust/trusted-keys.ts'
import { nodeHost, requireRoot } from './node-host.ts'

/** Adds a key to the site's trusted ones, or rotates them. */
export const trustCommand: CommandHandler = async (args, context) => {
  requireRoot('./edgelift trust')
  if (typeof args.key !== 'string') throw usageError({ en: 'no public key file given', zh: '请指定公钥文件' })
  const host = nodeHost(context.env, context.signal)
  const added = await addTrustedKey(host, path.resolve(args.key), args.replace === true)
  return {
    document: { ...added, file: TRUSTED_KEYS },
    text: (lang) =>
      lang === 'zh'
        ? `${TRUSTED_KEYS} 现在信任 ${added.trusted.join('、')}；此后只接受由其签名的离线包`
        : `${TRUSTED_KEYS} trusts ${added.trusted.join(', ')} now; only archives that they have signed are accepted`,
  }
}

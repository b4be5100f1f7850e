import { readFile } from 'node:fs/promises'
import { parsePublicKey, verifyDirectory } from '@edgelift/bundle'
import { EXIT, formatBytes, formatError } from '@edgelift/core'
import type { CommandHandler } from '@edgelift/core/cli'
import { requiredKey } from '../trust/trusted-keys.ts'
import { openBundleDirectory } from './bundle-directory.ts'
import { nodeHost } from './node-host.ts'

export const auditCommand: CommandHandler = async (args, context) => {
  const { directory } = await openBundleDirectory(context.env)
  const pubkey = typeof args.pubkey === 'string' ? args.pubkey : undefined
  const asked = pubkey === undefined ? undefined : parsePublicKey(await readFile(pubkey, 'utf8'), pubkey)
  const publicKey = await requiredKey(nodeHost(context.env, context.signal), directory, asked)
  const { manifest, files, bytes, signature, problems } = await verifyDirectory(directory, {
    ...(publicKey === undefined ? {} : { publicKey }),
    onProgress: (done, total) =>
      context.report({ type: 'transfer', id: 'audit', label: directory, done, total }),
  })
  return {
    exit: problems.length === 0 ? EXIT.done : EXIT.integrity,
    document: { ok: problems.length === 0, name: manifest.name, files, bytes, signature, problems },
    text: (lang) =>
      problems.length === 0
        ? `${manifest.name}: ${files} ${lang === 'zh' ? '个文件' : 'files'}, ${formatBytes(bytes)}, ok`
        : problems.map((problem) => formatError(problem, lang)).join('\n'),
  }
}

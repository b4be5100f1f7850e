import { type Proof, proofOf, readPublicKey, verifyDirectory } from '@edgelift/bundle'
import { counted, EXIT, formatBytes, formatError, type Lang, type Text } from '@edgelift/core'
import type { CommandHandler } from '@edgelift/core/cli'
import { requiredKey } from '../trust/trusted-keys.ts'
import { openBundleDirectory } from './bundle-directory.ts'
import { nodeHost } from './node-host.ts'

export const auditCommand: CommandHandler = async (args, context) => {
  const { directory } = await openBundleDirectory(context.env)
  const pubkey = typeof args.pubkey === 'string' ? args.pubkey : undefined
  const asked = pubkey === undefined ? undefined : await readPublicKey(pubkey)
  const publicKey = await requiredKey(nodeHost(context.env, context.signal), directory, asked)
  const verified = await verifyDirectory(directory, {
    ...(publicKey === undefined ? {} : { publicKey }),
    onProgress: (done, total) => {
      context.signal.throwIfAborted()
      context.report({ type: 'transfer', id: 'audit', label: directory, done, total })
    },
  })
  const { manifest, files, bytes, signature, signer, edited, problems } = verified
  const proof = proofOf(verified, true)
  return {
    exit: problems.length === 0 ? EXIT.done : EXIT.integrity,
    document: {
      ...{
        ok: problems.length === 0,
        name: manifest.name,
        release: manifest.release,
        files,
        bytes,
        signature,
      },
      ...(signer === undefined ? {} : { signer }),
      edited,
      ...(problems.length > 0
        ? {}
        : { proved: proof.proved.en, notProved: [proof.open?.en, FROM_INSIDE.en].filter(Boolean) }),
      problems,
    },
    text: (lang) =>
      problems.length === 0
        ? passed(lang, { summary: `${manifest.name}: ${summary(files, bytes)[lang]}`, proof })
        : problems.map((problem) => formatError(problem, lang)).join('\n'),
  }
}

/** The program that audits came in the archive itself. */
const FROM_INSIDE: Text = {
  en: 'that this program is honest: it came with the archive; check from outside with sha256sum -c SHA256SUMS and minisign -V',
  zh: '本程序自身可信：它随离线包而来；请在外部用 sha256sum -c SHA256SUMS 与 minisign -V 校验',
}

function summary(files: number, bytes: number): Text {
  const size = formatBytes(bytes)
  return {
    en: `${counted(files, 'file')}, ${size}, every file verified`,
    zh: `${files} 个文件，${size}，校验通过`,
  }
}

function passed(lang: Lang, { summary, proof }: { summary: string; proof: Proof }): string {
  const [proved, open] = lang === 'zh' ? ['已证明：', '未证明：'] : ['proved: ', 'not proved: ']
  const unproved = [proof.open?.[lang], FROM_INSIDE[lang]].filter((text) => text !== undefined)
  return [summary, `  ${proved}${proof.proved[lang]}`, ...unproved.map((text) => `  ${open}${text}`)].join(
    '\n',
  )
}

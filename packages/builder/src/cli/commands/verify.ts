import type { Verified } from '@edgelift/bundle'
import { EdgeliftError, EXIT, type ExitCode, formatBytes } from '@edgelift/core'
import type { CommandHandler } from '@edgelift/core/cli'
import { verifyAny } from '../../inspect/inspection.ts'
import { signatureWords } from '../../inspect/tables.ts'
import { parseArguments, VerifyArguments } from '../arguments.ts'
import { readPublicKey } from '../settings.ts'

interface Checked {
  readonly where: string
  /** Undefined when nothing could be said but the error. */
  readonly verified: Verified | undefined
  readonly problems: readonly EdgeliftError[]
}

/** Every archive is checked, also after one that is damaged; the exit code is that of the worst. */
export const verifyCommand: CommandHandler = async (args, { report, signal }) => {
  const { archive: places, pubkey } = parseArguments(VerifyArguments, args)
  const publicKey = pubkey === undefined ? undefined : await readPublicKey(pubkey)
  const checked: Checked[] = []
  for (const where of places) {
    signal.throwIfAborted()
    checked.push(await check(where, { report, ...(publicKey === undefined ? {} : { publicKey }) }))
  }
  const errors = checked.flatMap((one) => one.problems)
  const [first] = errors
  return {
    exit: Math.max(EXIT.done, ...errors.map((one) => one.exit)) as ExitCode,
    document: { ...(first === undefined ? {} : { error: first }), verified: checked.map(documentOf) },
    errors,
    text: (lang, paint) =>
      checked
        .map(({ where, verified, problems }) => {
          if (problems.length > 0) return `${paint.red('✗')} ${where}`
          const files = verified?.files ?? 0
          const size = formatBytes(verified?.bytes ?? 0)
          const signature = signatureWords(verified?.signature ?? 'none', lang)
          return lang === 'zh'
            ? `${paint.green('✓')} ${where}  ${files} 个文件，${size}，签名：${signature}`
            : `${paint.green('✓')} ${where}  ${files} files, ${size}, signature: ${signature}`
        })
        .join('\n'),
  }
}

async function check(where: string, options: Parameters<typeof verifyAny>[1]): Promise<Checked> {
  try {
    const verified = await verifyAny(where, options)
    return { where, verified, problems: verified.problems }
  } catch (error) {
    if (error instanceof EdgeliftError) return { where, verified: undefined, problems: [error] }
    throw error
  }
}

function documentOf({ where, verified, problems }: Checked): unknown {
  return {
    path: where,
    ok: problems.length === 0,
    ...(verified === undefined
      ? {}
      : {
          name: verified.manifest.name,
          files: verified.files,
          bytes: verified.bytes,
          signature: verified.signature,
          placeholders: verified.manifest.placeholders,
        }),
    problems,
  }
}

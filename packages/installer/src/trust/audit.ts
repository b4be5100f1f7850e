import { isDeepStrictEqual } from 'node:util'
import { type BundleManifest, PATHS, type PublicKey, verifyDirectory } from '@edgelift/bundle'
import { EdgeliftError, joinTexts, type Report } from '@edgelift/core'
import type { Host } from '../node/host.ts'
import { pathWithin } from '../node/within.ts'
import { fail } from '../problem/codes.ts'
import { requiredKey } from './trusted-keys.ts'

export interface AuditRequest {
  readonly host: Host
  readonly directory: string
  /** As it was read: the plan is made from it. */
  readonly manifest: BundleManifest
  /** With it, the archive's signature has to be there and to hold. */
  readonly publicKey: PublicKey | undefined
  /** Files that settings were read from or that they name: they may lie in the archive's directory. */
  readonly files: readonly string[]
  readonly report: Report
}

/** @throws what is wrong with the first file that is not as it was packed (exit code 4), naming the others */
export async function auditDirectory(request: AuditRequest): Promise<void> {
  const { host, directory, manifest, files, report } = request
  report({ type: 'phase', id: 'audit', title: { en: 'check the archive', zh: '校验离线包' } })
  const publicKey = await requiredKey(host, directory, request.publicKey)
  const within = await Promise.all(files.map((file) => pathWithin(directory, file)))
  const { problems, manifest: audited } = await verifyDirectory(directory, {
    allow: within.flatMap((file) => file ?? []),
    ...(publicKey === undefined ? {} : { publicKey }),
    onProgress: (done, total) => report({ type: 'transfer', id: 'audit', label: directory, done, total }),
  })
  const [first, ...others] = problems
  if (first === undefined) {
    if (!isDeepStrictEqual(audited, manifest)) throw manifestChanged(directory)
    return
  }
  if (others.length === 0) throw first
  const list = others.map(({ what }) => what)
  throw new EdgeliftError(first.code, first.exit, {
    what: first.what,
    because: joinTexts([...(first.because ? [first.because] : []), ...list], '; '),
    ...(first.fix ? { fix: first.fix } : {}),
  })
}

/** The plan is made from the very manifest that the audit has vouched for. */
function manifestChanged(directory: string): Error {
  return fail('DIRECTORY_UNSAFE', {
    what: {
      en: `${directory}/${PATHS.manifest} changed while it was being verified`,
      zh: `${directory}/${PATHS.manifest} 在校验过程中被改动`,
    },
    fix: { en: 'find out who writes there, then run it again', zh: '请查明是谁在写入，然后重新运行' },
  })
}

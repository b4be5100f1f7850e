import type { EdgeliftError } from '@edgelift/core'
import { audit, type Seen } from './audit.ts'
import { fail } from './codes.ts'
import type { BundleManifest } from './manifest.ts'
import { isAsSigned, signingHash, verifyHash } from './minisign.ts'
import { keyName, type PublicKey } from './minisign-key.ts'
import { PATHS } from './paths.ts'
import { checkManifestForm, readManifest } from './read-manifest.ts'
import { parseOwnSums } from './sums.ts'

export interface VerifyOptions {
  /** With it, the signature of SHA256SUMS must be there and hold. */
  readonly publicKey?: PublicKey
  /** Small files whose content is handed back as {@link Verified.contents}. */
  readonly keep?: readonly string[]
  /** Whether the archive of a delta is verified as such; else it is refused as no full archive. */
  readonly deltas?: boolean
  readonly onProgress?: (done: number, total: number) => void
}

export interface Signer {
  /** Id of the key, as minisign prints it. */
  readonly key: string
  /** The signature's trusted comment: what the signer said that it is. */
  readonly comment: string
  /** The trusted comment of `<archive>.minisig`, where it was checked. */
  readonly archiveComment?: string
}

export interface Verified {
  readonly manifest: BundleManifest
  /** Files checked. */
  readonly files: number
  /** Their bytes. */
  readonly bytes: number
  /** Of the archive's own file, in hexadecimal; only where there is a `.sha256` file to hold it against. */
  readonly sha256?: string
  /** Whether a signature was checked (`valid`), is there but no key was given (`unchecked`), or is not there. */
  readonly signature: 'valid' | 'unchecked' | 'none'
  /** Who signed; only where the signature was checked. */
  readonly signer?: Signer
  /** Files beside the archive that were held against it. */
  readonly besideChecked: readonly string[]
  /** Files beside the archive that could not be checked: a signature, without a key. */
  readonly besideUnchecked: readonly string[]
  /** Files that may differ from what was packed, and do: `install.yaml`. */
  readonly edited: readonly string[]
  /** Everything that is wrong; empty when all holds. */
  readonly problems: readonly EdgeliftError[]
  /** Of a delta only: the release whose archive it adds to. The manifest is that of the archive which both make. */
  readonly delta?: { readonly name: string; readonly version: string }
  /** Of the files to keep, as far as they are there. */
  readonly contents?: ReadonlyMap<string, Uint8Array>
}

/** What the operator may change in an unpacked directory. */
export const CHANGEABLE: ReadonlySet<string> = new Set([PATHS.answers])
/** What an installation puts into the unpacked directory, as the guide says. */
export const LEFT_BY_INSTALLATION = ['edgemesh-psk.txt', 'edge-join.yaml'] as const

export interface RecordsContext {
  /** How errors name the archive or directory. */
  readonly where: string
  readonly inDirectory: boolean
  readonly options: VerifyOptions
  /** Paths that may be there besides. */
  readonly allow?: readonly string[]
}

/**
 * Holds what was found against manifest, SHA256SUMS and signature.
 * @param seen files by their path inside
 * @param content of the records
 * @throws MANIFEST_INVALID, SUMS_INVALID, SIGNATURE_*, FILE_MISSING when nothing more can be said
 */
export function checkRecords(
  seen: ReadonlyMap<string, Seen>,
  content: (name: string) => Uint8Array | undefined,
  context: RecordsContext,
): Verified {
  const { manifest, sums, ...signed } = readRecords(content, context)
  const changeable = context.inDirectory ? CHANGEABLE : new Set<string>()
  const problems = audit({
    manifest,
    sums,
    seen,
    changeable,
    existingAllowed: new Set(context.inDirectory ? [...LEFT_BY_INSTALLATION, ...(context.allow ?? [])] : []),
  })
  const bytes = [...seen.values()].reduce((sum, file) => sum + file.size, 0)
  const edited = [...changeable].filter((name) => seen.has(name) && seen.get(name)?.sha256 !== sums.get(name))
  return {
    manifest,
    files: seen.size,
    bytes,
    ...signed,
    besideChecked: [],
    besideUnchecked: [],
    edited,
    problems,
  }
}

/**
 * The records by themselves, the signature checked.
 * @throws MANIFEST_INVALID, SUMS_INVALID, SIGNATURE_*, FILE_MISSING
 */
export function readRecords(
  content: (name: string) => Uint8Array | undefined,
  context: RecordsContext,
): Pick<Verified, 'manifest' | 'signature' | 'signer'> & { readonly sums: ReadonlyMap<string, string> } {
  const manifestBytes = content(PATHS.manifest)
  const sumsBytes = content(PATHS.sums)
  if (manifestBytes === undefined) throw incomplete(context.where, PATHS.manifest)
  if (sumsBytes === undefined) throw incomplete(context.where, PATHS.sums)
  const signed = checkSignature(sumsBytes, content(PATHS.signature), context)
  const manifest = readManifest(manifestBytes, `${context.where}/${PATHS.manifest}`)
  checkManifestForm(manifestBytes, `${context.where}/${PATHS.manifest}`)
  const sums = parseOwnSums(Buffer.from(sumsBytes).toString('utf8'), `${context.where}/${PATHS.sums}`)
  return { manifest, sums, ...signed }
}

export function contentsOf(
  names: readonly string[],
  content: (name: string) => Uint8Array | undefined,
): ReadonlyMap<string, Uint8Array> {
  return new Map(
    names.flatMap((name): [string, Uint8Array][] => {
      const bytes = content(name)
      return bytes === undefined ? [] : [[name, bytes]]
    }),
  )
}

function checkSignature(
  sums: Uint8Array,
  signature: Uint8Array | undefined,
  { where, options }: RecordsContext,
): Pick<Verified, 'signature' | 'signer'> {
  const key = options.publicKey
  if (key === undefined) return { signature: signature === undefined ? 'none' : 'unchecked' }
  if (signature === undefined) {
    throw fail('SIGNATURE_MISSING', {
      what: { en: `${where}: ${PATHS.signature} is missing`, zh: `${where}：缺少 ${PATHS.signature}` },
      because: { en: 'a public key was given, so a signature is expected', zh: '指定了公钥，因此需要签名' },
      fix: {
        en: 'get a signed archive from whoever built it (build --sign); without the key, only damage is found, not who built it',
        zh: '请向构建者索取已签名的离线包（build --sign）；不带公钥只能发现损坏，无法确认构建者',
      },
    })
  }
  const text = Buffer.from(signature).toString('utf8')
  const comment = verifyHash(signingHash().update(sums).digest(), text, key, `${where}/${PATHS.signature}`)
  if (!isAsSigned(text, key)) throw changedText(where)
  return { signature: 'valid', signer: { key: keyName(key), comment } }
}

function changedText(where: string): Error {
  return fail('SIGNATURE_INVALID', {
    what: {
      en: `${where}/${PATHS.signature} is not as edgelift wrote it`,
      zh: `${where}/${PATHS.signature} 与 edgelift 写入的不一致`,
    },
    because: {
      en: 'its first line was changed, or something was added to it',
      zh: '首行被修改，或附加了其他内容',
    },
    fix: { en: 'copy the archive again', zh: '请重新拷贝离线包' },
  })
}

function incomplete(where: string, name: string): Error {
  return fail('FILE_MISSING', {
    what: { en: `${where}: ${name} is missing`, zh: `${where}：缺少 ${name}` },
    because: { en: 'without it nothing can be checked', zh: '没有它就无法校验' },
    fix: { en: 'copy the archive again', zh: '请重新拷贝离线包' },
  })
}

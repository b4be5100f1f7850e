/**
 * The types of the npm package `edgelift`. This file is published as it stands, so it imports nothing. Results are the
 * documents that the commands print with `--json`; keys are only ever added.
 */

export type Role = 'cloud' | 'edge'
export type Platform = 'linux/amd64' | 'linux/arm64'
/** A message in English and Chinese. */
export type Text = Readonly<Record<'en' | 'zh', string>>

/** What every function throws. Told apart from other errors by {@link Edgelift.isEdgeliftError}. */
export interface EdgeliftError extends Error {
  /** Stable: `RELEASE_NOT_FOUND`, `LOCK_STALE`, …; listed in docs/en/errors.md. */
  readonly code: string
  /** The exit code that the command would end with: 1 failed, 2 usage, 3 preflight, 4 integrity, 5 interrupted. */
  readonly exit: number
  readonly what: Text
  readonly because: Text | undefined
  readonly fix: Text | undefined
  /** `RELEASE_REFUSED`, `GATE_REFUSED` and `RELEASE_INVALID` name every defect. */
  readonly findings?: readonly {
    readonly severity: 'error' | 'warning'
    readonly code: string
    readonly where: string
    readonly text: Text
  }[]
}

/** An error inside a result. */
export interface Problem {
  readonly code: string
  readonly message: string
  readonly cause: string
  readonly fix: string
}

/** A defect (`error`) or something to read (`warning`) in a release. */
export interface Finding {
  readonly severity: 'error' | 'warning'
  readonly code: string
  /** The place in the release: `images.cloudcore.reference`. */
  readonly where: string
  readonly text: string
}

/** What happens while a function works. Other types of event may be added. */
export type ProgressEvent =
  | {
      readonly type: 'phase'
      readonly id: string
      readonly title: Text
      readonly number?: number
      readonly count?: number
    }
  /** Bytes of one transfer; `done === total` ends it. */
  | {
      readonly type: 'transfer'
      readonly id: string
      readonly label: string
      readonly done: number
      readonly total?: number
    }
  | {
      readonly type: 'transferred'
      readonly id: string
      readonly label: string
      readonly fetched: number
      readonly partial?: true
      /** A blob of an image. */
      readonly part?: true
      /** Of a whole image, whose blobs were reported one by one: how many they were. */
      readonly parts?: number
    }
  | {
      readonly type: 'total'
      readonly done: number
      readonly total: number
      readonly items: number
      readonly of: number
    }
  | {
      readonly type: 'wait'
      readonly id: string
      readonly what: Text
      readonly seconds: number
      readonly deadline: number
    }
  | { readonly type: 'note'; readonly level: 'debug' | 'info' | 'warning'; readonly text: Text }

export interface WorkOptions {
  readonly onProgress?: (event: ProgressEvent) => void
  /** Stops the work; the function rejects with the signal's reason, and what was fetched is kept. */
  readonly signal?: AbortSignal
}

export interface NetworkOptions extends WorkOptions {
  /** Folder of the content store. Default: `EDGELIFT_STORE`, else `~/.cache/edgelift`. */
  readonly store?: string
  /** The configuration file. Default: `EDGELIFT_CONFIG`, else `edgelift.config.yaml` in the working directory. */
  readonly config?: string
}

export interface LockOptions extends NetworkOptions {
  /** Write nothing; throw `LOCK_DIFFERS` when upstream is no longer what the lock says. */
  readonly check?: boolean
}

export interface BuildOptions extends NetworkOptions {
  /** Default: both. */
  readonly roles?: readonly Role[]
  /** Default: all of the release. */
  readonly platforms?: readonly Platform[]
  /** Folder of the archives. Default: `dist`. */
  readonly out?: string
  /** File with a minisign secret key. */
  readonly sign?: string
  /** Use only the store. */
  readonly offline?: boolean
  /** Write deltas against this older archive, its `manifest.json`, or a `.lock.json`. */
  readonly since?: string
  /** Keep only the deltas. */
  readonly onlyDelta?: boolean
  /** Also write each archive in parts of at most this size: `4GB`. */
  readonly split?: string
  /** Hash existing archives even when they look untouched since the last build. */
  readonly rehash?: boolean
}

export interface InspectOptions extends WorkOptions {
  /** File with the minisign public key that must verify the signature. */
  readonly pubkey?: string
}

export interface VerifyOptions extends InspectOptions {
  /** Also unpack the layers of all images, as containerd will on the node. Layers in zstd need Node.js 22.15, or 23.8. */
  readonly layers?: boolean
}

export interface LintResult {
  /** The release's file; the name of one that edgelift carries. */
  readonly release: string
  readonly findings: readonly Finding[]
}

export interface LockResult {
  readonly release: string
  /** The lock file. */
  readonly lock: string
  /** Digest of the lock's content. */
  readonly seal: string
  readonly written: boolean
  readonly downloads: number
  readonly images: number
  readonly warnings: readonly Finding[]
}

export interface WrittenFile {
  readonly file: string
  readonly name: string
  /** Bytes. */
  readonly size: number
  /** In hexadecimal. */
  readonly sha256: string
}

export interface BuiltArchive extends WrittenFile {
  readonly role: Role
  readonly platform: Platform
  /** It was there already, built from the same inputs. */
  readonly kept: boolean
  readonly signed: boolean
  /** What only stands for the real thing: such an archive cannot be installed. */
  readonly placeholders: readonly string[]
  readonly delta?: WrittenFile & { readonly from: string; readonly split?: SplitFile }
  /** With `split`. */
  readonly split?: SplitFile
}

/** The parts of a file; `sha256sum -c LIST` checks them. */
export interface SplitFile {
  /** The file that lists them. */
  readonly list: string
  readonly parts: readonly Omit<WrittenFile, 'file'>[]
}

export interface BuildResult {
  readonly release: string
  /** The seal of the lock. */
  readonly lock: string
  readonly archives: readonly BuiltArchive[]
  /** Bytes that came over the network. */
  readonly fetched: number
}

export interface VerifiedArchive {
  readonly path: string
  readonly ok: boolean
  /** Why it is not `ok`. */
  readonly problems: readonly Problem[]
  readonly name?: string
  readonly release?: { readonly name: string; readonly version: string }
  readonly files?: number
  readonly bytes?: number
  readonly signature?: 'valid' | 'unchecked' | 'none'
  readonly placeholders?: readonly string[]
  /** Of a delta archive only: the release whose archive it adds to. */
  readonly delta?: { readonly name: string; readonly version: string }
  /** With `layers`, where everything else is as it was packed: what was unpacked, and to how many bytes. */
  readonly layers?: { readonly images: number; readonly layers: number; readonly bytes: number }
}

export interface VerifyResult {
  readonly verified: readonly VerifiedArchive[]
  /** The first problem of all. */
  readonly error?: Problem
}

export interface InspectResult {
  readonly path: string
  /** Bytes of the archive's file; missing for a directory. */
  readonly size?: number
  readonly signature: 'valid' | 'unchecked' | 'none'
  readonly problems: readonly Problem[]
  readonly kinds: readonly { readonly kind: string; readonly files: number; readonly bytes: number }[]
  /** The archive's `manifest.json`. */
  readonly manifest: {
    readonly name: string
    readonly role: Role
    readonly platform: Platform
    readonly release: { readonly name: string; readonly version: string }
    readonly lock: string
    readonly edgelift: string
    readonly versions: Readonly<Record<string, string>>
    readonly files: readonly {
      readonly path: string
      readonly size: number
      readonly mode: string
      /** Subresource Integrity, sha256. */
      readonly integrity: string
    }[]
    readonly images: readonly {
      readonly reference: string
      readonly digest: string
      readonly platform: Platform
      readonly file: string
    }[]
    readonly placeholders: readonly string[]
  }
}

export interface Edgelift {
  /** Checks a release without network access. @throws EdgeliftError `RELEASE_REFUSED` with every defect */
  lint(release: string): Promise<LintResult>
  /** Pins a release and writes its lock file. */
  lock(release: string, options?: LockOptions): Promise<LockResult>
  /** Builds archives from the lock. */
  build(release: string, options?: BuildOptions): Promise<BuildResult>
  /** Checks archives, unpacked directories or folders of archives. Damage is in the result, it does not throw. */
  verify(archives: string | readonly string[], options?: VerifyOptions): Promise<VerifyResult>
  /** Reads what is in an archive, and verifies it. */
  inspect(archive: string, options?: InspectOptions): Promise<InspectResult>
  isEdgeliftError(error: unknown): error is EdgeliftError
}

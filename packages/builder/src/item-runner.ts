import { EdgeliftError, type ErrorCode, type Text } from '@edgelift/core'
import { hostTrouble } from '@edgelift/oci'

/** One image or file that a run fetches. */
export interface Item {
  /** How findings name it. */
  readonly where: string
  /** The registry or host that it comes from. */
  readonly host: string
}

export interface ItemFailure {
  readonly item: Item
  readonly error: EdgeliftError
  /** Why the whole host cannot be used, when that is why the item failed. */
  readonly trouble?: Text
}

/** Runs items of which some may fail: the others go on, so that one run names all that cannot be had. */
export interface ItemRunner {
  readonly failures: readonly ItemFailure[]
  /**
   * Undefined when the item failed, or was not tried because its host has failed others or the run is ending.
   * An error that is not about one item (a full disk, an interruption) ends the run: see {@link ItemRunner.check}.
   */
  run<T>(item: Item, work: () => Promise<T>): Promise<T | undefined>
  /** @throws the error that ended the run */
  check(): void
}

/** Items of one host that may fail one after the other before no more are tried. */
const HOST_FAILURES = 3

export function itemRunner(signal?: AbortSignal): ItemRunner {
  const failures: ItemFailure[] = []
  const inRow = new Map<string, number>()
  const ending: unknown[] = []
  return {
    failures,
    check: () => {
      signal?.throwIfAborted()
      if (ending.length > 0) throw ending[0]
    },
    async run(item, work) {
      if (ending.length > 0 || signal?.aborted) return undefined
      if ((inRow.get(item.host) ?? 0) >= HOST_FAILURES) {
        failures.push(notTried(item, failures))
        return undefined
      }
      try {
        const result = await work()
        inRow.delete(item.host)
        return result
      } catch (error) {
        if (!(error instanceof EdgeliftError) || !ABOUT_ONE_ITEM.includes(error.code)) {
          ending.push(error)
          return undefined
        }
        const trouble = hostTrouble(error)
        if (trouble === undefined) inRow.delete(item.host)
        else inRow.set(item.host, (inRow.get(item.host) ?? 0) + 1)
        failures.push({ item, error, ...(trouble === undefined ? {} : { trouble }) })
        return undefined
      }
    },
  }
}

/** What the server, its content or the way to it is to blame for. Everything else ends the run at once. */
const ABOUT_ONE_ITEM: readonly ErrorCode[] = [
  'CHART_IGNORE_INVALID',
  'CHECKSUM_MISMATCH',
  'CHECKSUM_UNREADABLE',
  'CONTENT_TOO_LARGE',
  'DIGEST_MISMATCH',
  'IMAGE_LIST_INVALID',
  'MEDIA_TYPE_REFUSED',
  'MEMBER_MISSING',
  'PART_MISMATCH',
  'PLAIN_HTTP_REFUSED',
  'PLATFORM_ABSENT',
  'PLATFORM_MISMATCH',
  'REGISTRY_ANSWER_INVALID',
  'REGISTRY_NOT_FOUND',
  'REGISTRY_UNAUTHORIZED',
  'SIZE_MISMATCH',
  'SOURCE_NOT_FOUND',
  'SOURCE_REFUSED',
  'TARBALL_REFUSED',
  'TAR_INVALID',
  'TAR_MEMBER_MISSING',
  'TLS_UNTRUSTED',
  'TRANSFER_FAILED',
]

function notTried(item: Item, failures: readonly ItemFailure[]): ItemFailure {
  const first = failures.find((one) => one.item.host === item.host && one.trouble !== undefined)
  if (first === undefined) throw new Error(`${item.host} was given up without a failure`)
  const { error, trouble } = first
  const what = {
    en: `not tried: ${item.host} has failed ${HOST_FAILURES} times in a row`,
    zh: `未尝试：${item.host} 已连续失败 ${HOST_FAILURES} 次`,
  }
  const failure = {
    what,
    ...(trouble === undefined ? {} : { because: trouble }),
    ...(error.fix === undefined ? {} : { fix: error.fix }),
  }
  return {
    item,
    error: new EdgeliftError(error.code, error.exit, failure),
    ...(trouble === undefined ? {} : { trouble }),
  }
}

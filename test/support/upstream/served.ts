/** One request that was answered. */
export interface ServedRequest {
  readonly method: string
  readonly path: string
  readonly status: number
  /** Of the body, as far as they were sent. Grows while the answer is on its way. */
  bytes: number
  readonly range: string | undefined
  /** Whether credentials came with it. Never the credentials themselves. */
  readonly authorized: boolean
}

/** What an upstream has answered since it was started or `reset`. */
export interface Served {
  readonly log: readonly ServedRequest[]
  readonly requests: number
  /** Body bytes in all. */
  readonly bytes: number
  /** Requests and body bytes of every path that contains `part`. */
  of(part: string): { readonly requests: number; readonly bytes: number }
  reset(): void
}

export interface ServedLog extends Served {
  add(request: ServedRequest): ServedRequest
}

export function servedLog(): ServedLog {
  const log: ServedRequest[] = []
  const bytes = (list: readonly ServedRequest[]): number => list.reduce((sum, one) => sum + one.bytes, 0)
  return {
    log,
    get requests() {
      return log.length
    },
    get bytes() {
      return bytes(log)
    },
    of(part) {
      const found = log.filter((one) => one.path.includes(part))
      return { requests: found.length, bytes: bytes(found) }
    },
    reset() {
      log.length = 0
    },
    add(request) {
      log.push(request)
      return request
    },
  }
}

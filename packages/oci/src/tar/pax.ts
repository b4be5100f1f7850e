import { paxRecord } from '@edgelift/core'

/** The records of an extended header (POSIX pax), in their order; a key may come several times (GNU sparse 0.0). */
export function parsePax(body: Buffer): [key: string, value: string][] {
  const records: [string, string][] = []
  for (let at = 0; at < body.length; ) {
    const blank = body.indexOf(' ', at)
    const length = Number(body.subarray(at, blank).toString('latin1'))
    if (blank < 0 || !Number.isSafeInteger(length) || length <= blank - at) return records
    const record = body.subarray(blank + 1, at + length - 1).toString('utf8')
    const equals = record.indexOf('=')
    if (equals > 0) records.push([record.slice(0, equals), record.slice(equals + 1)])
    at += length
  }
  return records
}

export function formatPax(records: readonly (readonly [key: string, value: string])[]): Buffer {
  return Buffer.from(records.map(([key, value]) => paxRecord(key, value)).join(''))
}

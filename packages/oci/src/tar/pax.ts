import { paxRecord } from '@edgelift/core'
import { TarError } from './tar-error.ts'

export type PaxRecord = readonly [key: string, value: string]

/**
 * The records of an extended header (POSIX pax), in their order; a key may come several times (GNU sparse 0.0).
 * @throws {@link TarError} for what Go's archive/tar, and with it every container runtime, refuses
 */
export function parsePax(body: Buffer): PaxRecord[] {
  const records: PaxRecord[] = []
  for (let at = 0; at < body.length; ) {
    const blank = body.indexOf(' ', at)
    const digits = body.toString('latin1', at, Math.max(blank, at))
    const end = at + Number(digits)
    if (!/^\d{1,10}$/.test(digits) || end <= blank + 1 || end > body.length || body[end - 1] !== NEWLINE)
      throw malformed()
    const record = body.toString('utf8', blank + 1, end - 1)
    const equals = record.indexOf('=')
    if (equals <= 0) throw malformed()
    records.push([record.slice(0, equals), record.slice(equals + 1)])
    at = end
  }
  return records
}

export function formatPax(records: readonly PaxRecord[]): Buffer {
  return Buffer.from(records.map(([key, value]) => paxRecord(key, value)).join(''))
}

/**
 * A number of a record; undefined for none and for an empty value, which stands for none.
 * @throws {@link TarError}
 */
export function paxNumber(value: string | undefined): number | undefined {
  if (value === undefined || value === '') return undefined
  const number = /^\d{1,16}$/.test(value) ? Number(value) : Number.NaN
  if (!Number.isSafeInteger(number)) throw malformed()
  return number
}

const NEWLINE = 0x0a

function malformed(): TarError {
  return new TarError('an extended header is malformed', '扩展头格式有误')
}

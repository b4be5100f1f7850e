import { PassThrough, Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { contentMismatch, type Digest, EdgeliftError, type Expected, verifying } from '@edgelift/core'
import { fail } from '../codes.ts'
import type { Meter } from '../http/meter.ts'
import type { RetryBudget } from '../http/retry-budget.ts'
import type { Transport } from '../http/transport.ts'
import type { BlobSink } from './blob-sink.ts'
import { type BodyForm, otherForm } from './body-form.ts'
import { BeginAgain, OtherCoding } from './placement.ts'
import { type Resuming, type ResumingOptions, resuming } from './resuming.ts'

export interface TransferOptions {
  readonly open: ResumingOptions['open']
  readonly sink: BlobSink
  readonly digest: Digest | undefined
  readonly size: number | undefined
  /** The most bytes that are accepted where no size is known. */
  readonly limit?: number
  readonly resumeTag?: string | undefined
  readonly mayBeHtml: boolean
  readonly label: string
  readonly transport: Transport
  readonly budget: RetryBudget
  readonly meter: Meter
}

const ROUNDS = 5 // a content that changes this often while it is read will not hold still

const OPEN_ENDED_ROUNDS = 3

/**
 * Brings content into a sink: goes on after what the sink has, and lets the whole of it, also what was there
 * before, pass the check of size and digest.
 * @returns the size
 * @throws TRANSFER_FAILED; SIZE_MISMATCH or DIGEST_MISMATCH, and the sink is empty then; what the sink throws
 */
export async function transfer(options: TransferOptions): Promise<number> {
  let coding: BodyForm | undefined
  let verdict: unknown
  for (let round = 1; ; round++) {
    const kept = await usable(options)
    options.meter.at(kept, options.size)
    const source = resuming({ ...options, coding, from: kept, hasDigest: options.digest !== undefined })
    try {
      await pour(options, kept, source)
      return source.at()
    } catch (error) {
      const patched = kept > 0 || source.responses() > 1
      const form = source.form()
      const isOther = error instanceof OtherCoding
      if (form !== undefined && coding === undefined && (isOther || (isMismatch(error) && !patched))) {
        await options.sink.reset()
        coding = otherForm(form)
        verdict = error
      } else if (isOther) {
        await options.sink.reset()
        throw isMismatch(verdict) ? verdict : unsteady(options, error, round)
      } else if (error instanceof BeginAgain) {
        await options.sink.reset()
        if (round === ROUNDS) throw unsteady(options, error, round)
      } else if (isMismatch(error)) {
        await options.sink.reset()
        // Bytes of several responses may not belong together, and a response whose end nothing marks may be cut. Any other
        // single response is what the source has.
        if (source.openEnded() ? round === OPEN_ENDED_ROUNDS : !patched || round > 1) throw error
      } else {
        throw error
      }
    }
  }
}

/** How many of the sink's bytes can be gone on from; a sink whose bytes cannot be checked is emptied. */
async function usable({ sink, digest, size, resumeTag }: TransferOptions): Promise<number> {
  const offset = await sink.offset()
  if (offset === 0) return 0
  if (digest === undefined && resumeTag !== undefined) return offset
  const checkable = sink.existing !== undefined || sink.content !== undefined
  if (digest !== undefined && checkable && offset <= (size ?? offset)) return offset
  await sink.reset()
  return 0
}

async function pour(options: TransferOptions, kept: number, source: Resuming): Promise<void> {
  const { label, sink } = options
  const { check, body, bytes } = passage(options, kept, source)
  const [fed, stored] = await Promise.allSettled([
    pipeline(bytes, check),
    sink.append(kept, body).catch((error: unknown) => {
      body.destroy() // a sink that gave up before it read must not hold up the source
      throw error
    }),
  ])
  // Each side's failure breaks the other one's stream: the side that speaks of it in our own words began.
  const causes = [fed, stored].flatMap((side) => (side.status === 'rejected' ? [side.reason] : []))
  if (causes.length > 0) throw causes.find(isOwn) ?? causes.at(-1)
  const expected = expectedOf(options)
  if (expected === undefined || sink.content === undefined) return
  const problem = contentMismatch(expected, await sink.content(), label)
  if (problem !== null) throw problem
}

interface Passage {
  /** What goes into the check: the network's bytes, after those that are there when they have to be hashed too. */
  readonly bytes: AsyncIterable<Buffer>
  readonly check: Transform
  /** What the sink gets of it. */
  readonly body: Readable
}

function passage(options: TransferOptions, kept: number, source: Resuming): Passage {
  const { sink, label } = options
  const expected = expectedOf(options)
  if (expected === undefined || sink.content !== undefined) {
    const check = expected?.size === undefined ? new PassThrough() : capped({ expected, kept, label })
    return { bytes: source.bytes, check, body: check }
  }
  const check = verifying(expected, label)
  if (kept === 0) return { bytes: source.bytes, check, body: check }
  const body = Readable.from(withoutFirst(check, kept), { objectMode: false })
  body.once('close', () => check.destroy()) // a generator that has not begun closes nothing
  return { bytes: chained(sink, source), check, body }
}

function expectedOf({ digest, size }: TransferOptions): Expected | undefined {
  return digest === undefined ? undefined : { digest, ...(size === undefined ? {} : { size }) }
}

/** Ends a source that sends more than expected as soon as it does: the sink's own check comes only at the end. */
function capped(options: { expected: Expected; kept: number; label: string }): Transform {
  let size = options.kept
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      size += chunk.length
      const tooMuch = size > (options.expected.size ?? size)
      done(tooMuch ? contentMismatch(options.expected, { size, digest: '' }, options.label) : null, chunk)
    },
  })
}

async function* chained(sink: BlobSink, source: Resuming): AsyncGenerator<Buffer> {
  if (sink.existing !== undefined) yield* sink.existing() as AsyncIterable<Buffer>
  yield* source.bytes
}

async function* withoutFirst(stream: Readable, count: number): AsyncGenerator<Buffer> {
  let left = count
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    if (left < chunk.length) yield chunk.subarray(left)
    left = Math.max(0, left - chunk.length)
  }
}

function isOwn(error: unknown): boolean {
  return error instanceof EdgeliftError || error instanceof BeginAgain
}

function isMismatch(error: unknown): boolean {
  return (
    error instanceof EdgeliftError && (error.code === 'DIGEST_MISMATCH' || error.code === 'SIZE_MISMATCH')
  )
}

function unsteady(options: TransferOptions, cause: BeginAgain, rounds: number): Error {
  return fail(
    'TRANSFER_FAILED',
    {
      what: { en: `${options.label}: the transfer failed`, zh: `${options.label}：传输失败` },
      because: {
        en: `restarted ${rounds} times: ${cause.text.en}`,
        zh: `已重新开始 ${rounds} 次：${cause.text.zh}`,
      },
      fix: {
        en: 'name a digest, or a URL whose content does not change',
        zh: '请指定摘要，或使用内容不变的地址',
      },
    },
    { cause },
  )
}

import { Readable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import type { Response } from '../http/transport.ts'
import type { BodyForm } from './body-form.ts'
import {
  BeginAgain,
  OtherCoding,
  place,
  type Received,
  rangeHeaders,
  refuseExcess,
  type Wanted,
} from './placement.ts'

const WANTED: Wanted = { size: 100, hasDigest: true, mayBeHtml: false }
/** What is known by the entity tag alone. */
const TAGGED: Wanted = { size: undefined, hasDigest: false, mayBeHtml: false }
const received = (changed: Partial<Received> = {}): Received => ({
  ...{ at: 0, total: undefined, etag: undefined, ranges: true },
  ...changed,
})
const response = (status: number, headers: Record<string, string> = {}): Response => ({
  ...{ status, headers, url: 'https://u.test/f' },
  body: Readable.from([Buffer.from('some words')]),
})
const placed = (
  wanted: Wanted,
  state: Received,
  [status, headers]: readonly [number, Record<string, string>?],
  form?: BodyForm,
) => place(wanted, state, { response: response(status, headers), form })

describe('what is asked for', () => {
  it.each<[string, Wanted, Partial<Received>, object]>([
    ['all of it at first', WANTED, {}, {}],
    ['what is missing under a digest, whatever the tag', WANTED, { at: 40 }, { range: 'bytes=40-' }],
    ['all of it where the server is wrong about ranges', WANTED, { at: 40, ranges: false }, {}],
    [
      'what is missing while the tag stays',
      TAGGED,
      { at: 40, etag: '"a"' },
      { range: 'bytes=40-', 'if-range': '"a"' },
    ],
  ])('is %s', (_what, wanted, state, headers) => {
    expect(rangeHeaders(wanted, received(state))).toEqual(headers)
  })

  it.each([{ at: 40 }, { at: 40, etag: '"a"', ranges: false }])(
    'cannot be what is missing without a digest or a tag: %j',
    (state) => {
      expect(() => rangeHeaders(TAGGED, received(state))).toThrow(BeginAgain)
    },
  )
})

describe('a part that fits', () => {
  it.each<[string, Wanted, Partial<Received>, Record<string, string>, Partial<Received>]>([
    ['of the size', WANTED, { at: 40 }, { 'content-range': 'bytes 40-99/100' }, { total: 100 }],
    [
      'of a size that it does not say',
      WANTED,
      { at: 40 },
      { 'content-range': 'bytes 40-99/*' },
      { total: 100 },
    ],
    [
      'under the same tag',
      TAGGED,
      { at: 40, etag: '"a"' },
      { 'content-range': 'bytes 40-99/100', etag: '"a"' },
      { total: 100, etag: '"a"' },
    ],
    [
      'under another tag, with a digest',
      WANTED,
      { at: 40, etag: '"a"' },
      { 'content-range': 'bytes 40-99/100', etag: '"b"' },
      { etag: '"b"' },
    ],
  ])('is taken from where it was asked for: %s', async (_what, wanted, changed, headers, after) => {
    const state = received(changed)
    expect(await placed(wanted, state, [206, headers])).toBe(0)
    expect(state).toMatchObject(after)
  })
})

describe('a part that does not fit', () => {
  it.each([
    ['another beginning', 'bytes 30-99/100'],
    ['another size', 'bytes 40-99/200'],
    ['another unit', 'lines 40-99/100'],
    ['nothing', ''],
  ])('is not taken, nor another one of this server: %s', async (_what, header) => {
    const state = received({ at: 40 })
    await expect(placed(WANTED, state, [206, { 'content-range': header }])).rejects.toThrow(
      `Content-Range is "${header}", asked for bytes 40-/100`,
    )
    expect(state.ranges).toBe(false)
  })

  it('is told as one that nobody asked for where all of it was', async () => {
    const placing = placed(WANTED, received({}), [206, { 'content-range': 'bytes 30-99/100' }])
    await expect(placing).rejects.toThrow('Content-Range is "bytes 30-99/100", asked for all of it')
  })

  it.each<[string, Partial<Received>, Record<string, string>]>([
    ['the tag is another', { etag: '"a"' }, { 'content-range': 'bytes 40-99/100', etag: '"b"' }],
    ['the tag is weak', { etag: '"a"' }, { 'content-range': 'bytes 40-99/100', etag: 'W/"a"' }],
    ['the size is another', { etag: '"a"', total: 90 }, { 'content-range': 'bytes 40-99/100', etag: '"a"' }],
  ])('means that the content changed where %s', async (_what, changed, headers) => {
    const state = received({ at: 40, ...changed })
    await expect(placed(TAGGED, state, [206, headers])).rejects.toBeInstanceOf(BeginAgain)
  })

  it('may count compressed bytes: nothing more is asked for by range', async () => {
    const state = received({ at: 40 })
    const part = [206, { 'content-range': 'bytes 40-99/100' }] as const
    await expect(placed(WANTED, state, part, 'decoded')).rejects.toThrow('a part of a compressed body')
    expect(state.ranges).toBe(false)
  })
})

describe('a whole', () => {
  it.each<[string, Wanted, Partial<Received>, Record<string, string>, number]>([
    ['at first', WANTED, {}, { 'content-length': '100' }, 0],
    ['after a part, whose bytes are dropped', WANTED, { at: 40 }, {}, 40],
    ['under the same tag', TAGGED, { at: 40, etag: '"a"' }, { etag: '"a"' }, 40],
  ])('is taken %s', async (_what, wanted, state, headers, skip) => {
    expect(await placed(wanted, received(state), [200, headers])).toBe(skip)
  })

  it('of another length is refused before a byte of it, or taken the other way where it is coded', async () => {
    const headers = { 'content-length': '60', 'content-encoding': 'gzip' }
    await expect(placed(WANTED, received(), [200, { 'content-length': '60' }])).rejects.toThrow(
      'Content-Length is 60, the content has 100 bytes',
    )
    await expect(placed(WANTED, received(), [200, headers], 'raw')).rejects.toBeInstanceOf(OtherCoding)
    expect(await placed(WANTED, received(), [200, headers], 'decoded')).toBe(0)
  })

  it.each([undefined, '"b"', 'W/"a"'])('under the tag %s is another content', async (etag) => {
    const headers = etag === undefined ? {} : { etag }
    const state = received({ at: 40, etag: '"a"' })
    await expect(placed(TAGGED, state, [200, headers])).rejects.toThrow(
      'the content changed during the download',
    )
  })

  it('longer than what is accepted is refused, with the limit', async () => {
    await expect(
      placed({ ...TAGGED, limit: 50 }, received(), [200, { 'content-length': '60' }]),
    ).rejects.toMatchObject({ code: 'CONTENT_TOO_LARGE', because: { en: 'at most 50 bytes are accepted' } })
  })
})

describe('a response that is no content', () => {
  it('may say that all is there already', async () => {
    const state = received({ at: 100 })
    await expect(placed(WANTED, state, [416, { 'content-range': 'bytes */100' }])).rejects.toThrow(
      'status 416',
    )
    expect(state).toMatchObject({ total: 100, ranges: false })
  })

  it('may say that there is less than what is there', async () => {
    const state = received({ at: 100, etag: '"a"' })
    await expect(placed(TAGGED, state, [416, { 'content-range': 'bytes */60' }])).rejects.toThrow(
      'more than 60 bytes',
    )
  })

  it('is a page, unless one was asked for', async () => {
    const page = [200, { 'content-type': 'text/html; charset=utf-8' }] as const
    await expect(placed(WANTED, received(), page)).rejects.toThrow(
      /a page where content was expected.*some words/,
    )
    expect(await placed({ ...WANTED, mayBeHtml: true }, received(), page)).toBe(0)
  })
})

it('more bytes than there are mean beginning again', () => {
  expect(() => refuseExcess(101, 100)).toThrow(BeginAgain)
  for (const [at, total] of [
    [100, 100],
    [101, undefined],
  ] as const)
    expect(() => refuseExcess(at, total)).not.toThrow()
})

import { EdgeliftError } from '@edgelift/core'
import { describe, expect, it } from 'vitest'
import { failedItems } from './failed-items.ts'
import {
  error,
  type Finding,
  type FindingsError,
  findingJson,
  hasErrors,
  refused,
  warning,
} from './findings.ts'
import type { ItemFailure } from './item-runner.ts'

const text = (en: string, zh = `${en}（中文）`) => ({ en, zh })
const [bad, odd] = [
  error('SOURCE', 'files.a', text('no URL')),
  warning('UNTESTED', 'versions', text('untested')),
]
const OUTCOME = text('nothing was written', '未写入任何内容')

describe('a refusal', () => {
  it('names every error at once, in both languages, and warnings in its JSON alone', () => {
    const refusal = refused('LOCK_DIFFERS', [bad, odd, error('LICENSE', 'files.b', text('none'))], {
      subject: 'x.yaml',
      outcome: OUTCOME,
      fix: text('mend it'),
    })
    expect(refusal).toBeInstanceOf(EdgeliftError)
    expect(refusal).toMatchObject({
      what: { en: 'x.yaml: 2 defects; nothing was written', zh: 'x.yaml：2 处缺陷；未写入任何内容' },
      because: {
        en: '[SOURCE] files.a: no URL\n[LICENSE] files.b: none',
        zh: '[SOURCE] files.a：no URL（中文）\n[LICENSE] files.b：none（中文）',
      },
    })
    expect(refusal.toJSON().findings).toHaveLength(3)
    expect(refusal.toJSON()).toMatchObject({ code: 'LOCK_DIFFERS', fix: 'mend it', cure: 'mend it' })
  })

  it('counts one defect as one', () => {
    expect(refused('LOCK_DIFFERS', [bad], { subject: 'x', outcome: OUTCOME }).what).toEqual({
      en: 'x: 1 defect; nothing was written',
      zh: 'x：1 处缺陷；未写入任何内容',
    })
  })
})

it('is an error only where one finding is', () => {
  expect([hasErrors([]), hasErrors([odd]), hasErrors([odd, bad])]).toEqual([false, false, true])
})

it('is English in JSON, with its cause and fix where there are any', () => {
  const full: Finding = { ...bad, because: text('why'), fix: text('do') }
  expect(findingJson(full)).toEqual({
    severity: 'error',
    code: 'SOURCE',
    where: 'files.a',
    text: 'no URL',
    cause: 'why',
    fix: 'do',
  })
  expect(Object.keys(findingJson(odd))).toEqual(['severity', 'code', 'where', 'text'])
})

function failure(
  where: string,
  more: Partial<{ exit: 1 | 4; because: string; fix: string; trouble: string; host: string }> = {},
): ItemFailure {
  const { exit = 1, because, fix, trouble, host = 'r.example' } = more
  return {
    item: { where, host },
    error: new EdgeliftError(exit === 4 ? 'DIGEST_MISMATCH' : 'SOURCE_NOT_FOUND', exit, {
      what: text(`${where} failed`),
      ...(because === undefined ? {} : { because: text(because) }),
      ...(fix === undefined ? {} : { fix: text(fix) }),
    }),
    ...(trouble === undefined ? {} : { trouble: text(trouble) }),
  } as ItemFailure
}

describe('items that failed', () => {
  const tell = (failed: readonly ItemFailure[], findings: readonly Finding[] = []): FindingsError =>
    failedItems(failed, { subject: 'sample 1', outcome: OUTCOME, findings })

  it('speak for themselves where there is one, a warning beside it or not', () => {
    const alone = tell([failure('a', { because: 'gone', fix: 'try again' })], [odd])
    expect(alone).toMatchObject({
      code: 'SOURCE_NOT_FOUND',
      what: { en: 'a failed' },
      because: { en: 'gone' },
      fix: { en: 'try again' },
    })
    expect(alone.findings).toHaveLength(2)
  })

  it('are counted and listed, with the code and exit of the worst', () => {
    const several = tell([
      failure('a', { because: 'gone', fix: 'look' }),
      failure('b', { exit: 4, fix: 'look' }),
      failure('c', { fix: 'wait' }),
    ])
    expect(several).toMatchObject({
      code: 'DIGEST_MISMATCH',
      exit: 4,
      what: {
        en: 'sample 1: 3 images or files cannot be fetched; nothing was written',
        zh: 'sample 1：3 个镜像或文件无法获取；未写入任何内容',
      },
      because: {
        en: '[SOURCE_NOT_FOUND] a: a failed: gone\n[DIGEST_MISMATCH] b: b failed\n[SOURCE_NOT_FOUND] c: c failed',
      },
      fix: { en: 'look\nwait' },
    })
  })

  it('count once, however many of its blobs fail', () => {
    expect(tell([failure('a'), failure('a'), failure('b')]).what.en).toContain('2 images or files')
  })

  it('stand beside other defects', () => {
    const both = tell([failure('a')], [bad, odd])
    expect(both.what).toEqual({
      en: 'sample 1: 1 image or file cannot be fetched, other defects: 1; nothing was written',
      zh: 'sample 1：1 个镜像或文件无法获取，另有 1 处缺陷；未写入任何内容',
    })
    expect(both.because?.en).toBe('[SOURCE_NOT_FOUND] a: a failed\n[SOURCE] files.a: no URL')
  })

  it('of one host in trouble are explained once, and listed by name', () => {
    const trouble = 'connection refused'
    const { because } = tell([
      failure('b', { trouble }),
      failure('c', { trouble, host: 'other' }),
      failure('a', { trouble }),
    ])
    expect(because?.en).toBe(
      '[SOURCE_NOT_FOUND] r.example: connection refused; from it come\n  a\n  b\n[SOURCE_NOT_FOUND] c: c failed',
    )
    expect(because?.zh).toContain('r.example：connection refused（中文）；涉及\n  a\n  b\n')
  })
})

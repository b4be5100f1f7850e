import { describe, expect, it } from 'vitest'
import { fail } from './codes.ts'
import { failedItems } from './failed-items.ts'
import { error, warning } from './findings.ts'
import type { ItemFailure } from './item-runner.ts'

const OUTCOME = { en: 'no lock was written', zh: '未生成锁定文件' }
const TROUBLE = { en: 'connection refused', zh: '连接被拒绝' }
const mismatch = fail('PART_MISMATCH', { what: 'it is another', fix: 'lock again' })
const told = (
  failures: readonly ItemFailure[],
  findings: Parameters<typeof failedItems>[1]['findings'] = [],
) => failedItems(failures, { subject: 'site', outcome: OUTCOME, findings })

describe('one item that failed', () => {
  it('speaks for itself', () => {
    const alone = told([{ item: { where: 'k3s', host: 'a' }, error: mismatch }])
    expect(alone).toMatchObject({
      ...{ code: 'PART_MISMATCH', exit: mismatch.exit },
      what: { en: 'it is another' },
      fix: { en: 'lock again' },
      findings: [{ severity: 'error', code: 'PART_MISMATCH', where: 'k3s' }],
    })
    expect(alone.because).toBeUndefined()
  })

  it('is one also when several of its blobs failed', () => {
    const item = { where: 'image', host: 'a' }
    expect(told([1, 2, 3].map(() => ({ item, error: mismatch }))).findings).toHaveLength(1)
  })

  it('stands among the other defects, and not among warnings', () => {
    const item = { item: { where: 'k3s', host: 'a' }, error: mismatch }
    const text = { en: 'gone', zh: '不存在' }
    const warned = told([item], [warning('FIRST_USE', 'helm', text)])
    expect(warned.what.en).toBe('it is another')
    const defect = told([item], [error('IMAGE_PHANTOM', 'images.a', text)])
    expect(defect.what).toEqual({
      en: 'site: 1 image or file cannot be fetched, other defects: 1; no lock was written',
      zh: 'site：1 个镜像或文件无法获取，另有 1 处缺陷；未生成锁定文件',
    })
    expect(defect.because?.en).toContain('images.a')
  })
})

describe('several items that failed', () => {
  it('have the code of the worst, and each fix once', () => {
    const several = told([
      { item: { where: 'b', host: 'h' }, error: fail('STORE_INCOMPLETE', { what: 'x', fix: 'fetch it' }) },
      { item: { where: 'a', host: 'h' }, error: mismatch },
      { item: { where: 'c', host: 'h' }, error: mismatch },
    ])
    const worst = Math.max(mismatch.exit, fail('STORE_INCOMPLETE', { what: 'x', fix: 'y' }).exit)
    expect(several.exit).toBe(worst)
    expect(several.fix?.en.split('\n')).toEqual(['fetch it', 'lock again'])
    expect(several.what.en).toBe('site: 3 images or files cannot be fetched; no lock was written')
  })

  it('explain a host that cannot be used once, above all that were to come from it', () => {
    const lost = { error: mismatch, trouble: TROUBLE }
    const { because } = told([
      { item: { where: 'b', host: 'reg.test' }, ...lost },
      { item: { where: 'other', host: 'else.test' }, error: mismatch },
      { item: { where: 'a', host: 'reg.test' }, ...lost },
    ])
    expect(because?.en.split('\n')).toEqual([
      '[PART_MISMATCH] reg.test: connection refused; from it come',
      '  a',
      '  b',
      '[PART_MISMATCH] other: it is another',
    ])
    expect(because?.zh).toContain('[PART_MISMATCH] reg.test：连接被拒绝；涉及\n  a\n  b')
  })

  it('do not share a host’s trouble with another host, nor with another trouble', () => {
    const slow = { en: 'no response', zh: '无响应' }
    const { because } = told([
      { item: { where: 'a', host: 'one.test' }, error: mismatch, trouble: TROUBLE },
      { item: { where: 'b', host: 'two.test' }, error: mismatch, trouble: TROUBLE },
      { item: { where: 'c', host: 'one.test' }, error: mismatch, trouble: slow },
    ])
    expect(because?.en).not.toContain('from it come')
  })
})

import { paintFor } from '@edgelift/core/cli'
import { describe, expect, it } from 'vitest'
import type { BuildResult, BuiltArchive } from '../build.ts'
import { buildText } from './build-text.ts'

const paint = { ...paintFor({ write: () => {} }, {}), yellow: (text: string) => `!${text}` }
const SUM = 'a'.repeat(64)
const archive = (changed: Partial<BuiltArchive> = {}): BuiltArchive => ({
  ...{ file: '/dist/site-edge.tar.gz', name: 'site-edge.tar.gz', size: 5_000_000, sha256: SUM },
  ...{ role: 'edge', platform: 'linux/amd64', kept: false, signed: false, placeholders: [] },
  ...changed,
})
const delta: NonNullable<BuiltArchive['delta']> = {
  ...{ file: '/dist/d.tar.gz', name: 'site-edge.from-1.delta.tar.gz', size: 9_000, sha256: 'b'.repeat(64) },
  from: '1',
}
const split = {
  list: '/dist/site-edge.tar.gz.parts.sha256',
  parts: ['/dist/site-edge.tar.gz.part001', '/dist/site-edge.tar.gz.part002'],
} as unknown as NonNullable<BuiltArchive['split']>
const textOf = (archives: readonly BuiltArchive[], lang: 'en' | 'zh', onlyDelta = false) => {
  const result: BuildResult = { archives, fetched: 1_500_000 }
  return buildText(result, { lang, paint, onlyDelta }).split('\n')
}

describe('what a build has written', () => {
  it('is listed with its digest below it, where it lies, and what was fetched', () => {
    expect(textOf([archive()], 'en')).toEqual([
      'site-edge.tar.gz  5.0 MB',
      `  sha256 ${SUM}`,
      '1.5 MB fetched; the archives are in /dist',
    ])
    expect(textOf([archive()], 'zh').at(-1)).toBe('下载 1.5 MB；离线包位于 /dist')
  })

  it.each([
    [{ kept: true }, 'unchanged', '未变'],
    [{ signed: true }, 'signed', '已签名'],
    [{ kept: true, signed: true }, 'unchanged, signed', '未变、已签名'],
  ])('is called what it is: %j', (changed, english, chinese) => {
    expect(textOf([archive(changed)], 'en')[0]).toBe(`site-edge.tar.gz  5.0 MB  ${english}`)
    expect(textOf([archive(changed)], 'zh')[0]).toBe(`site-edge.tar.gz  5.0 MB  ${chinese}`)
  })

  it('has its delta and its parts with it', () => {
    const lines = textOf([archive({ delta, split })], 'en')
    expect(lines.map((line) => line.trim().split(/ {2}/)[0])).toEqual([
      'site-edge.tar.gz',
      `sha256 ${SUM}`,
      '2 parts, listed in site-edge.tar.gz.parts.sha256',
      'site-edge.from-1.delta.tar.gz',
      `sha256 ${delta.sha256}`,
      '1.5 MB fetched; the archives are in /dist',
    ])
    expect(textOf([archive({ split })], 'zh')).toContain('  2 个分卷，列表：site-edge.tar.gz.parts.sha256')
  })

  it('is the delta alone where the full archive has been removed', () => {
    const lines = textOf([archive({ delta })], 'en', true)
    expect(lines).toHaveLength(3)
    expect(lines.join()).not.toContain('site-edge.tar.gz')
  })

  it('has a warning of placeholders, each counted once', () => {
    const both = [archive({ placeholders: ['k3s', 'x'] }), archive({ placeholders: ['k3s'] })]
    expect(textOf(both, 'en').at(-1)).toBe(
      '!2 placeholders: for trying out only; the installer refuses these archives',
    )
    expect(textOf(both, 'zh').at(-1)).toBe('!含 2 个占位文件：仅供试用，安装程序会拒绝安装')
  })
})

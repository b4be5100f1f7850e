import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { nodeProgram, runOnTerminal, type Screen } from '../../../../test/support/screen.ts'

const child = path.join(import.meta.dirname, 'terminal.child.ts')

describe.each([40, 80, 200])('on a terminal of %i columns', (columns) => {
  it.each(['en', 'zh'])('shows every line once and ends every bar (%s)', async (lang) => {
    const words = nodeProgram(child, 'work', '--lang', lang)
    const { code, lines, frames } = await runOnTerminal(words, { columns })
    expect(code).toBe(3)
    const isChinese = lang === 'zh'
    expect(lines).toEqual([
      isChinese ? '[1/2] 下载' : '[1/2] Fetching',
      'written beside the bars',
      '  ✓ 边缘节点的镜像文件，名称很长很长很长  2.0 MB',
      `  - docker.io/kubeedge/cloudcore:v1.22.0 sha256:0123456789ab  123 MB ${isChinese ? '（未完成）' : '(incomplete)'}`,
      'question? answer',
      isChinese ? '提问期间的消息' : 'noted during the question',
      isChinese ? '[2/2] 校验' : '[2/2] Audit',
      `error[REFUSED]: ${isChinese ? '已拒绝' : 'this is refused'}`,
      isChinese ? '原因：reason' : 'cause: reason',
      `${isChinese ? '处理：' : 'fix: '}${'x'.repeat(columns - 5)}`,
    ])
    expect(frames.flatMap(barsThatWrap)).toEqual([])
    expect(frames.filter((frame) => bars(frame).length > 0).length).toBeGreaterThan(3)
    for (const frame of frames) expect(bars(frame).length).toBeLessThanOrEqual(4)
    const auditBar = frames.findLastIndex((frame) =>
      frame.lines.some((line) => line.includes('/data/archive')),
    )
    expect(auditBar).toBeGreaterThan(-1)
    expect(frames.slice(auditBar + 1).some((frame) => bars(frame).length === 0)).toBe(true)
  })
})

function bars({ lines }: Screen): string[] {
  return lines.filter((line) => /[█░]/.test(line))
}

function barsThatWrap({ wrapped }: Screen): string[] {
  return wrapped.filter((line) => /[█░]/.test(line))
}

import { describe, expect, it } from 'vitest'
import { displayWidth, fitWidth, formatTable, padWidth } from './width.ts'

describe('width', () => {
  it('counts Chinese characters as two columns and escapes and combining marks as none', () => {
    expect(displayWidth('abc')).toBe(3)
    expect(displayWidth('镜像 ok')).toBe(7)
    expect(displayWidth('\u001b[31m红\u001b[39m')).toBe(2)
    expect(displayWidth('e\u0301')).toBe(1)
    expect(displayWidth('🚀')).toBe(2)
  })

  it('cuts from the middle and never exceeds the columns', () => {
    expect(fitWidth('docker.io/kubeedge/cloudcore:v1.22.0', 16)).toBe('docker.i…v1.22.0')
    for (let columns = 0; columns < 20; columns++) {
      expect(displayWidth(fitWidth('边缘节点上的镜像文件', columns))).toBeLessThanOrEqual(columns)
    }
  })

  it('pads by columns, not by characters', () => {
    expect(padWidth('镜像', 6)).toBe('镜像  ')
    expect(padWidth('7', 3, 'start')).toBe('  7')
  })

  it('aligns a table whose cells are wide', () => {
    const rows = [
      ['名称', 'size'],
      ['a', '12 B'],
    ]
    expect(formatTable(rows, new Set([1]))).toBe('名称  size\na     12 B')
  })
})

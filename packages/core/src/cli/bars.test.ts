import { expect, it } from 'vitest'
import { barLine, sumLine } from './bars.ts'
import { paintFor } from './output.ts'
import { displayWidth } from './width.ts'

const paint = paintFor({ write: () => {} }, {})

it.each([20, 39, 40, 64, 79, 199])('never exceeds %i columns', (columns) => {
  for (const lang of ['en', 'zh'] as const) {
    const look = { columns, lang, paint }
    for (const label of [
      'a',
      '边缘节点的镜像文件',
      'docker.io/kubeedge/cloudcore:v1.22.0 sha256:0123456789ab',
    ])
      for (const total of [undefined, 0, 1_000, 999_999_999_999])
        for (const done of [0, 555, 999])
          expect(displayWidth(barLine({ label, done, total }, look))).toBeLessThanOrEqual(columns)
    const event = {
      type: 'total',
      done: 555_555_555_555,
      total: 999_999_999_999,
      items: 999,
      of: 1_234,
    } as const
    for (const rate of [0, 1_000, 999_999_999])
      expect(displayWidth(sumLine(event, rate, look))).toBeLessThanOrEqual(columns)
  }
})

it('counts items where no sizes are known', () => {
  const event = { type: 'total', done: 0, total: 0, items: 6, of: 12 } as const
  expect(sumLine(event, 0, { columns: 40, lang: 'en', paint })).toBe('  total ████████████░░░░░░░░░░░░ 6/12')
})

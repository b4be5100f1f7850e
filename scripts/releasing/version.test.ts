import { expect, it } from 'vitest'
import { newestVersion } from './version.ts'

it('is that of the first entry, with its date or without one', () => {
  expect(newestVersion('# Changes\n\n## 1.2.0 - 2026-11-28\n- x\n\n## 1.1.0 - 2026-01-02\n')).toEqual({
    version: '1.2.0',
    date: '2026-11-28',
  })
  expect(newestVersion('## 0.1.0 - unreleased\n')).toEqual({ version: '0.1.0', date: undefined })
})

it('refuses a changelog without an entry, or with a date that is none', () => {
  for (const text of ['# Changes\n', '## 1.2 - 2026-11-28\n', '## 1.2.0 - soon\n'])
    expect(() => newestVersion(text)).toThrow('no entry')
})

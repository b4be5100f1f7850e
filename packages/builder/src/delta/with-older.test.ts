import type { WorkEvent } from '@edgelift/core'
import { expect, it } from 'vitest'
import { planArchives } from '../plan/plan-archives.ts'
import { sampleInstaller, sampleLock, sampleRelease } from '../testing/sample.ts'
import type { OlderArchives } from './older.ts'
import { withOlder } from './with-older.ts'

const plans = planArchives(
  { release: sampleRelease, lock: sampleLock, installer: sampleInstaller },
  { roles: ['cloud', 'edge'], platforms: ['linux/amd64'] },
)
const since = (...roles: string[]): OlderArchives =>
  ((role: string) => (roles.includes(role) ? {} : undefined)) as unknown as OlderArchives

function kept(older?: OlderArchives): { roles: string[]; notes: WorkEvent[] } {
  const notes: WorkEvent[] = []
  const report = (event: WorkEvent) => void notes.push(event)
  const found = withOlder(plans, { report, ...(older === undefined ? {} : { since: older }) })
  return { roles: found.map(({ role }) => role), notes }
}

it('keeps the archives that have an older one, and names those that have none', () => {
  expect(kept(since('cloud', 'edge'))).toEqual({ roles: ['cloud', 'edge'], notes: [] })
  expect(kept(since('edge'))).toEqual({
    roles: ['edge'],
    notes: [
      {
        type: 'note',
        level: 'warning',
        text: {
          en: 'no delta for cloud linux/amd64: --since is of another archive',
          zh: 'cloud linux/amd64 没有增量包：--since 是另一个离线包',
        },
      },
    ],
  })
})

it('is refused where none has an older one', () => {
  expect(() => kept(since())).toThrow(
    expect.objectContaining({
      code: 'OLDER_ARCHIVE_MISSING',
      what: {
        en: 'there is no older archive for cloud linux/amd64, edge linux/amd64',
        zh: 'cloud linux/amd64，edge linux/amd64 没有对应的旧离线包',
      },
    }),
  )
})

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
const LOCK: OlderArchives = {
  where: 'sample.lock.json',
  release: { name: 'sample', version: '0.9' },
  find: () => ({ name: 'sample', version: '0.9', contents: new Set() }),
}
const manifestOf = (role: 'cloud' | 'edge', platform: 'linux/amd64' | 'linux/arm64'): OlderArchives => ({
  ...LOCK,
  only: { role, platform },
  find: (asked, on) => (asked === role && on === platform ? LOCK.find(asked, on) : undefined),
})

function kept(since: OlderArchives, onlyDelta?: boolean): { roles: string[]; notes: WorkEvent[] } {
  const notes: WorkEvent[] = []
  const report = (event: WorkEvent) => void notes.push(event)
  const found = withOlder(plans, { since, report, ...(onlyDelta === undefined ? {} : { onlyDelta }) })
  return { roles: found.map(({ role }) => role), notes }
}

it('keeps the archives that have an older one, and names those that have none, with what --since is', () => {
  expect(kept(LOCK)).toEqual({ roles: ['cloud', 'edge'], notes: [] })
  expect(kept(manifestOf('edge', 'linux/amd64'))).toEqual({
    roles: ['edge'],
    notes: [
      {
        ...{ type: 'note', level: 'warning' },
        text: {
          en: 'no delta for cloud linux/amd64: --since is sample 0.9 edge linux/amd64; the older .lock.json covers all',
          zh: 'cloud linux/amd64 没有增量包：--since 是 sample 0.9 edge linux/amd64；旧的 .lock.json 涵盖全部',
        },
      },
    ],
  })
})

it('is refused where none has an older one and nothing but deltas is wanted, with all that helps', () => {
  const other = manifestOf('edge', 'linux/arm64')
  expect(() => kept(other, true)).toThrow(
    expect.objectContaining({
      ...{ code: 'OLDER_ARCHIVE_MISSING', exit: 2 },
      what: {
        en: 'there is no older archive for cloud linux/amd64, edge linux/amd64',
        zh: 'cloud linux/amd64，edge linux/amd64 没有对应的旧离线包',
      },
      because: {
        en: '--since is sample 0.9 edge linux/arm64',
        zh: '--since 是 sample 0.9 edge linux/arm64',
      },
      fix: {
        en: expect.stringMatching(/archive.*manifest\.json.*\.lock\.json/),
        zh: expect.stringMatching(/离线包.*manifest\.json.*\.lock\.json/),
      },
    }),
  )
})

it('warns where none has an older one and full archives are wanted too', () => {
  const { roles, notes } = kept(manifestOf('edge', 'linux/arm64'))
  expect(roles).toEqual([])
  expect(notes).toMatchObject([
    {
      level: 'warning',
      text: { en: expect.stringContaining('no delta for cloud linux/amd64, edge linux/amd64') },
    },
  ])
})

it('warns of a release of another name, and makes the deltas', () => {
  const { roles, notes } = kept({ ...LOCK, release: { name: 'other', version: '0.9' } })
  expect(roles).toEqual(['cloud', 'edge'])
  expect(notes).toMatchObject([
    {
      level: 'warning',
      text: {
        en: expect.stringMatching(
          /release other, not of sample.*archive, manifest\.json or \.lock\.json of sample/,
        ),
        zh: expect.stringMatching(/发布 other，而不是 sample.*离线包、manifest\.json 或 \.lock\.json/),
      },
    },
  ])
})

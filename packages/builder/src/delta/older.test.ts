import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { digestOf, hexOf, silent } from '@edgelift/core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { writeLock } from '../lock/lock-file.ts'
import { sealOf } from '../lock/seal.ts'
import type { ArchivePlan } from '../plan/archive-plan.ts'
import { sampleLock } from '../testing/sample.ts'
import { olderArchives } from './older.ts'
import { withOlder } from './with-older.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'edgelift-older-'))
})
afterEach(() => rm(folder, { recursive: true }))

describe('a lock as the older archive', () => {
  const older = async () => {
    const file = path.join(folder, 'site.lock.json')
    await writeLock(file, { ...sampleLock, seal: sealOf(sampleLock) })
    return olderArchives(file, silent)
  }

  it('has for each role the files and blobs of that role alone', async () => {
    const find = await older()
    const [cloud, edge] = (['cloud', 'edge'] as const).map((role) => find(role, 'linux/amd64')?.contents)
    const inBoth = ['ctr', 'node', 'agent layer', 'common layer']
    for (const name of inBoth) {
      expect(cloud).toContain(hexOf(digestOf(name)))
      expect(edge).toContain(hexOf(digestOf(name)))
    }
    expect([...(cloud ?? [])]).toEqual(expect.arrayContaining([hexOf(digestOf('k3s'))]))
    expect(edge).not.toContain(hexOf(digestOf('k3s')))
    expect(edge).toContain(hexOf(digestOf('mosquitto layer')))
    expect(cloud).not.toContain(hexOf(digestOf('mosquitto layer')))
  })

  it('has no blob of an image that is only read, and nothing of another platform', async () => {
    const find = await older()
    expect(find('cloud', 'linux/amd64')?.contents).not.toContain(hexOf(digestOf('node layer')))
    const arm = find('cloud', 'linux/arm64')?.contents
    expect([...(arm ?? [])]).toEqual([hexOf(digestOf('edgemesh.tgz'))])
  })
})

describe('archives that have an older one', () => {
  const plan = (role: string) => ({ role, platform: 'linux/amd64' }) as unknown as ArchivePlan
  const plans = [plan('cloud'), plan('edge')]
  const known =
    (...roles: string[]) =>
    (role: string) =>
      roles.includes(role) ? { name: 'site', version: '1', contents: new Set<string>() } : undefined

  it('are all of them where nothing is said', () => {
    expect(withOlder(plans, { since: known('cloud', 'edge'), report: silent })).toBe(plans)
  })

  it('go on alone, and the others are named', () => {
    const told: string[] = []
    const report = (event: object) => void told.push(JSON.stringify(event))
    expect(withOlder(plans, { since: known('edge'), report })).toEqual([plans[1]])
    expect(told.join()).toContain('cloud linux/amd64')
    expect(told.join()).not.toContain('edge linux/amd64')
  })

  it('have to be one at least', () => {
    expect(() => withOlder(plans, { since: known(), report: silent })).toThrow(
      expect.objectContaining({ code: 'OLDER_ARCHIVE_MISSING' }),
    )
  })
})

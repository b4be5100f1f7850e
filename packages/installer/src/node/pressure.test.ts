import { describe, expect, it } from 'vitest'
import type { Place } from './facts.ts'
import { PLACES } from './places.ts'
import { diskPressure, pressureFix, pressureMatters, pressureSeen } from './pressure.ts'

const GB = 1_000_000_000
const place = (path: string, mount: string, free: number, total = 100): Place =>
  ({ path, mount, freeBytes: free * GB, totalBytes: total * GB }) as Place

describe('the disk of a node', () => {
  it.each([
    ['an edge with as much free as its kubelet wants', 'edge', 15, 0, []],
    ['an edge with less', 'edge', 14, 0, [1]],
    ['an edge with enough now, and less when all is written', 'edge', 20, 8, [3]],
    ['a cloud, whose K3s wants less', 'cloud', 14, 0, []],
    ['a cloud with less than that', 'cloud', 4, 0, [1]],
  ] as const)('is told for %s', (_what, role, free, taken, missing) => {
    const path = role === 'edge' ? PLACES.containerd : PLACES.k3s
    const found = diskPressure([place(path, '/', free)], role, () => taken * GB)
    expect(found.map((one) => Math.round(one.missing / GB))).toEqual(missing)
  })

  it('is told once where images and pods share it, by what asks for more', () => {
    const found = diskPressure([place(PLACES.pods, '/', 1), place(PLACES.containerd, '/', 1)], 'edge')
    expect(found.map(({ least }) => least)).toEqual([0.15])
  })

  it('is told for each file system where they do not', () => {
    const found = diskPressure([place(PLACES.pods, '/', 1), place(PLACES.containerd, '/data', 1)], 'edge')
    expect(found.map(({ place: { mount } }) => mount)).toEqual(['/data', '/'])
  })
})

describe('a disk with bytes left and few inodes', () => {
  const roomy = (free: number): Place => ({ ...place(PLACES.pods, '/', 90), inodes: { free, total: 1000 } })

  it('is told for an edge, whose kubelet looks at them, and not for a cloud', () => {
    const [found, ...more] = diskPressure([roomy(20)], 'edge')
    if (found === undefined) throw new Error('no pressure')
    expect(more).toEqual([])
    expect(pressureSeen(found).en).toBe(`20 of 1000 inodes free on / (${PLACES.pods}): 2 %`)
    expect(pressureSeen(found).zh).toContain('剩余 20 个（2 %）')
    expect(pressureMatters(found, 'edge').en).toMatch(/^below 5 %, EdgeCore evicts all pods/)
    expect(pressureFix(found).en).toMatch(/^delete at least 30 files there \(df -i /)
    expect(diskPressure([roomy(20)], 'cloud')).toEqual([])
  })

  it('is none where enough are free, or the file system has no number of them', () => {
    expect(diskPressure([roomy(50)], 'edge')).toEqual([])
    expect(diskPressure([place(PLACES.pods, '/', 90)], 'edge')).toEqual([])
  })
})

describe('what is said of it', () => {
  const [now] = diskPressure([place(PLACES.containerd, '/data', 10)], 'edge')
  const [later] = diskPressure([place(PLACES.containerd, '/data', 18)], 'edge', () => 20 * GB)
  if (now === undefined || later === undefined) throw new Error('no pressure')

  it('names the place, the share that is free, and what an installation leaves of it', () => {
    expect(pressureSeen(now).en).toBe(`10.0 GB of 100 GB free on /data (${PLACES.containerd}): 10 %`)
    expect(pressureSeen(later).en).toMatch(/: 18 %; the installation takes up to 20.0 GB, which leaves 0 %$/)
    expect(pressureSeen(later).zh).toContain('之后剩余 0 %')
  })

  it('says why it matters, and how much has to become free', () => {
    expect(pressureMatters(now, 'edge').en).toMatch(/^below 15 %, EdgeCore evicts all pods/)
    expect(pressureMatters(now, 'cloud').zh).toContain('K3s')
    expect(pressureFix(now).en).toBe(`free 5.0 GB there, or mount a larger disk at ${PLACES.containerd}`)
  })
})

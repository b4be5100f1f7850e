import type { BundleManifest } from '@edgelift/bundle'
import { describe, expect, it } from 'vitest'
import type { InstalledRelease } from '../inspect/installed-release.ts'
import type { Place } from '../node/facts.ts'
import { type Change, cloud, codes, facts, found } from './preflight.sample.ts'

type File = BundleManifest['files'][number]
const file = (path: string, size: number, mode = '0644') =>
  ({ path, size, mode, integrity: `sha256-${path}` }) as unknown as File

const LITTLE = 10_000_000
const IMAGE = file('images/a.tar', 1_000_000)
const PROGRAM = file('keadm', 2_000_000, '0755')
const RUNTIME = file('runtime/node', 4_000_000, '0755')
const IMAGES_AND_PROGRAM = 3 * 3_000_000 + 2_000_000

/** A machine with one small file system. */
const withFree = (freeBytes: number, options = ['rw']) => ({
  places: facts.places.map((one): Place => ({ ...one, freeBytes, totalBytes: freeBytes, options })),
})
const onOwnDisk = (path: string, freeBytes: number, options = ['rw']) => ({
  places: facts.places.map((one) =>
    one.path === path ? { ...one, mount: path, freeBytes, totalBytes: freeBytes, options } : one,
  ),
})
const bundle = (...files: readonly File[]) => ({ files: [...files] })

describe('the space of one file system is shared by all that goes there', () => {
  const installed = { role: 'edge', bundle: 'x', nodeName: undefined } as const
  const before = (lock: string, ...files: readonly File[]) =>
    ({
      lock,
      versions: {},
      ...(files.length === 0 ? {} : { manifest: { files } }),
    }) as unknown as InstalledRelease
  const cases: [string, Change, number][] = [
    [
      'an edge: the archive three times, its programs, and a little for pods, settings, state and logs',
      { manifest: bundle(IMAGE, PROGRAM) },
      IMAGES_AND_PROGRAM + 4 * LITTLE,
    ],
    [
      'a cloud: with the runtime of the mesh refresh',
      { settings: cloud, manifest: bundle(IMAGE, RUNTIME) },
      3 * 5_000_000 + 4_000_000 + 4 * LITTLE,
    ],
    [
      'a cloud without EdgeMesh: without that runtime',
      { settings: { ...cloud, edgemesh: false }, manifest: bundle(IMAGE, RUNTIME) },
      3 * 5_000_000 + 4 * LITTLE,
    ],
    [
      'KubeEdge alone: that runtime, and a little for settings, state and logs',
      { settings: cloud, kubeEdgeOnly: true, manifest: bundle(IMAGE, RUNTIME) },
      4_000_000 + 3 * LITTLE,
    ],
    [
      'an upgrade: only what the release before did not have',
      { manifest: bundle(IMAGE, PROGRAM), facts: { installed }, before: before('old', PROGRAM) },
      3 * 1_000_000 + 4 * LITTLE,
    ],
    [
      'an upgrade from a release whose files are not known: all of it',
      { manifest: bundle(IMAGE, PROGRAM), facts: { installed }, before: before('old') },
      IMAGES_AND_PROGRAM + 4 * LITTLE,
    ],
    [
      'the same release again: nothing but a little',
      { manifest: bundle(IMAGE, PROGRAM), facts: { installed }, before: before('') },
      4 * LITTLE,
    ],
  ]
  it.each(cases)('%s', (_what, change, bytes) => {
    const at = (free: number) => codes({ ...change, facts: { ...withFree(free), ...change.facts } })
    expect(at(bytes)).not.toContain('error DISK_TOO_SMALL')
    expect(at(bytes - 1)).toContain('error DISK_TOO_SMALL')
  })
})

it('a file system of its own needs only what goes there, and is named with it', () => {
  const manifest = bundle(IMAGE, PROGRAM)
  const at = (free: number) => found({ manifest, facts: onOwnDisk('/var/lib/containerd', free) })
  expect(at(9_000_000).map(({ code }) => code)).toEqual(['DISK_PRESSURE'])
  const [finding] = at(8_999_999)
  expect(finding?.seen.en).toMatch(/ free on \/var\/lib\/containerd \(\/var\/lib\/containerd\)$/)
})

it.each([
  ['/usr/local', 'error'],
  ['/opt/cni/bin', 'error'],
  ['/var/lib/containerd', 'warning'],
  ['/var/lib/kubelet', 'warning'],
] as const)('programs of an edge have to run from %s: %s', (path, severity) => {
  const [finding, ...others] = found({ facts: onOwnDisk(path, 1e9, ['rw', 'noexec']) })
  expect([finding?.code, finding?.severity, others]).toEqual(['MOUNT_NOEXEC', severity, []])
  expect(finding?.fix.en).toContain(`mount -o remount,exec ${path}`)
})

it('folders from which nothing is started may be noexec, and those of the other role may be anything', () => {
  for (const path of ['/etc', '/var/log', '/var/lib/edgelift'])
    expect(codes({ facts: onOwnDisk(path, 1e9, ['rw', 'noexec']) })).toEqual([])
  expect(codes({ facts: onOwnDisk('/var/lib/rancher', 0, ['ro', 'noexec']) })).toEqual([])
  expect(codes({ settings: cloud, facts: onOwnDisk('/var/lib/containerd', 0, ['ro', 'noexec']) })).toEqual([])
})

it('a command is typed as it is printed, also where a mount has a blank in its name', () => {
  const stick = '/media/pi/USB STICK'
  const places = facts.places.map((one) => ({ ...one, mount: stick, options: ['rw', 'noexec'] }))
  const fixes = found({ facts: { places } }).map(({ fix }) => fix)
  expect(fixes.length).toBeGreaterThan(1)
  for (const { en, zh } of fixes) {
    expect(en).toContain(`mount -o remount,exec '${stick}'`)
    expect(zh).toContain(`mount -o remount,exec '${stick}'`)
  }
})

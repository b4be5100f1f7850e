import type { BundleManifest } from '@edgelift/bundle'
import { describe, expect, it } from 'vitest'
import type { InstalledRelease } from '../inspect/installed-release.ts'
import type { Installed } from '../node/facts.ts'
import { PLACES } from '../node/places.ts'
import { cloud, codes, facts, found } from './preflight.sample.ts'

const released = (version: string, name = 'kubeedge') => ({ name, version })
const installed = (release = released('1.22.0')): Installed => ({
  role: 'cloud',
  bundle: 'x',
  release,
  nodeName: undefined,
})
const file = (path: string, size: number, digest: string) =>
  ({ path, size, mode: '0644', integrity: digest }) as unknown as BundleManifest['files'][number]

/** What is found when a cloud with one release is to get another. */
function upgrade(
  from: { readonly k3s?: string; readonly release?: { name: string; version: string } },
  to: Partial<BundleManifest>,
) {
  const before: InstalledRelease = {
    bundle: 'x',
    release: from.release,
    lock: 'sha256:old',
    versions: from.k3s === undefined ? {} : { k3s: from.k3s },
    manifest: undefined,
  }
  return {
    settings: cloud,
    before,
    facts: { installed: installed(from.release) },
    manifest: { release: released('1.22.2'), lock: 'sha256:new', ...to },
  }
}

describe('an upgrade', () => {
  it.each([
    ['to the next version', { k3s: '1.34.2+k3s1' }, { versions: { k3s: '1.34.3+k3s1' } }, []],
    ['to the next minor version of K3s', { k3s: '1.34.2+k3s1' }, { versions: { k3s: '1.35.0+k3s1' } }, []],
    ['over a release that nobody knows', {}, { versions: { k3s: '1.36.0+k3s1' } }, []],
    [
      'that skips a minor version of K3s',
      { k3s: '1.34.2+k3s1' },
      { versions: { k3s: '1.36.0+k3s1' } },
      ['error K3S_MINOR_SKIPPED'],
    ],
    [
      'with an older K3s',
      { k3s: '1.34.3+k3s1' },
      { versions: { k3s: '1.34.2+k3s1' } },
      ['error RELEASE_OLDER'],
    ],
    [
      'to an older release',
      { release: released('1.22.3'), k3s: '1.34.2+k3s1' },
      { versions: { k3s: '1.34.2+k3s1' } },
      ['error RELEASE_OLDER'],
    ],
    [
      'to a release of another name',
      { release: released('2026.1.0', 'factory-line') },
      {},
      ['error RELEASE_OTHER'],
    ],
  ])('%s', (_name, from, to, expected) => {
    expect(codes(upgrade(from, to)).filter((code) => code.startsWith('error'))).toEqual(expected)
  })

  it.each<[string, Parameters<typeof upgrade>[0], Partial<BundleManifest>, string[]]>([
    [
      'the release before',
      { release: released('1.22.3'), k3s: '1.34.2+k3s1' },
      { versions: { k3s: '1.34.2+k3s1' } },
      ['warning RELEASE_OLDER'],
    ],
    [
      'a K3s of the same minor version',
      { k3s: '1.34.3+k3s1' },
      { versions: { k3s: '1.34.2+k3s1' } },
      ['warning RELEASE_OLDER'],
    ],
    [
      'a K3s of the minor version before, whose datastore is another',
      { release: released('1.22.3'), k3s: '1.35.0+k3s1' },
      { versions: { k3s: '1.34.9+k3s1' } },
      ['error RELEASE_OLDER'],
    ],
    [
      'a release of another name',
      { release: released('2026.1.0', 'factory-line') },
      { release: released('1.0.0') },
      ['error RELEASE_OTHER'],
    ],
  ])('with --allow-downgrade: %s', (_name, from, to, expected) => {
    const context = { ...upgrade(from, to), allowDowngrade: true }
    expect(codes(context).filter((code) => /RELEASE_/.test(code))).toEqual(expected)
  })

  it('back over a minor version says what it cannot, and the way out', () => {
    const context = upgrade({ k3s: '1.35.0+k3s1' }, { versions: { k3s: '1.34.9+k3s1' } })
    const [finding] = found({ ...context, allowDowngrade: true })
    expect(finding?.matters.en).toContain('datastore')
    expect(finding?.fix.en).toBe('./cleanup.sh, then ./install.sh')
    const kept = { installed: { ...context.facts.installed, former: 'sha256:before' } }
    const [other] = found({ ...context, facts: kept })
    expect(other?.fix.en).toContain('./edgelift rollback')
  })

  it('names the release to go by', () => {
    const [finding] = found(upgrade({ k3s: '1.34.2+k3s1' }, { versions: { k3s: '1.36.0+k3s1' } }))
    expect(finding?.fix.en).toContain('K3s 1.35 first')
  })

  it('that failed may be taken back: by a rollback, on an existing cluster by the former archive', () => {
    const change = upgrade({ release: released('1.22.3') }, { lock: 'sha256:former' })
    const back = { ...change, facts: { installed: { ...change.facts.installed, former: 'sha256:former' } } }
    const [finding] = found(back)
    expect([finding?.code, finding?.fix.en]).toEqual([
      'RELEASE_OLDER',
      expect.stringContaining('edgelift rollback'),
    ])
    expect(codes({ ...back, kubeEdgeOnly: true })).not.toContain('error RELEASE_OLDER')
    const [refused] = found({ ...change, kubeEdgeOnly: true })
    expect([refused?.code, refused?.fix.en]).toEqual(['RELEASE_OLDER', expect.stringMatching(/--allow-down/)])
    expect(refused?.fix.en).not.toContain('rollback')
  })

  it('needs room for what is new, beside what is there', () => {
    const files = [file('images/a.tar', 20e9, 'sha256-a'), file('images/b.tar', 20e9, 'sha256-b')]
    const places = facts.places.map((place) =>
      place.path === PLACES.k3s ? { ...place, freeBytes: 50e9 } : place,
    )
    const change = upgrade({}, { files })
    const find = (before: InstalledRelease | undefined) =>
      codes({ ...change, before, facts: { ...change.facts, places } })
    const known = { ...change.before, manifest: { ...({} as BundleManifest), files: [files[0] as never] } }
    expect(find(change.before)).toContain('error DISK_TOO_SMALL')
    expect(find({ ...known, manifest: { ...known.manifest, files } })).not.toContain('error DISK_TOO_SMALL')
    expect(find({ ...known, lock: 'sha256:new' })).not.toContain('error DISK_TOO_SMALL')
    expect(find(known)).toContain('error DISK_TOO_SMALL')
  })
})

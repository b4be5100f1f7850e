import { same } from '@edgelift/core'
import { describe, expect, it } from 'vitest'
import type { ConfigPlan } from '../containerd/config.ts'
import type { ExistingContainerd } from '../containerd/existing.ts'
import { existingContainerdFindings } from './existing-containerd-findings.ts'

const right: ConfigPlan = { kind: 'right' } as ConfigPlan
const fit: ExistingContainerd = {
  program: '/usr/bin/containerd',
  version: [1, 7, 24],
  configFile: '/etc/containerd/config.toml',
  plan: right,
  effective: undefined,
  ctr: ['ctr'],
  runc: '/usr/sbin/runc',
}
const of = (changed: Partial<ExistingContainerd>, cni?: Parameters<typeof existingContainerdFindings>[1]) =>
  existingContainerdFindings({ ...fit, ...changed }, cni)
const codes = (...given: Parameters<typeof of>) =>
  of(...given).map(({ severity, code }) => `${severity} ${code}`)
const effective = (runtimeProgram: string) => ({ runtimeProgram }) as ExistingContainerd['effective'] & object

it('says of a containerd that nobody tells of by which command, not that there is none', () => {
  const silent = { command: 'systemctl show', said: { en: 'timed out', zh: 'timed out' }, isMissing: false }
  expect(existingContainerdFindings(undefined, undefined, silent)).toMatchObject([
    {
      code: 'NOT_CHECKED',
      severity: 'error',
      seen: { en: 'could not find out about the existing containerd: systemctl show: timed out' },
      fix: { en: 'make this command work, then run it again: systemctl show' },
    },
  ])
})

it('has nothing to say of one that is as it should be', () => {
  expect(of({})).toEqual([])
})

it('refuses a machine that has none', () => {
  expect(existingContainerdFindings(undefined, undefined)).toMatchObject([
    { severity: 'error', code: 'CONTAINERD_MISSING' },
  ])
})

it.each<[ExistingContainerd['version'], string[]]>([
  [[1, 5, 18], ['error CONTAINERD_TOO_OLD']],
  [[1, 6, 0], ['note IMAGES_NOT_COLLECTED']],
  [[1, 6, 25], ['note IMAGES_NOT_COLLECTED']],
  [[1, 6, 26], []],
  [[1, 7, 10], ['note IMAGES_NOT_COLLECTED']],
  [[1, 7, 11], []],
  [[2, 0, 0], []],
])('judges containerd %s: %s', (version, expected) => {
  expect(codes({ version })).toEqual(expected)
})

describe('without a runtime', () => {
  const seen = (changed: Partial<ExistingContainerd>) => of({ runc: undefined, ...changed })[0]?.seen.en

  it('names the one that its configuration wants', () => {
    const plan = { kind: 'right', effective: effective('crun') } as unknown as ConfigPlan
    expect(codes({ runc: undefined, plan })).toEqual(['error RUNC_MISSING'])
    expect(seen({ plan })).toContain('starts containers with crun,')
  })

  it('names runc where the configuration does not say', () => {
    expect(seen({})).toContain('starts containers with runc,')
  })

  it('names that of the present configuration where people have to change it', () => {
    const plan = { kind: 'by-hand', why: same('x'), changes: [] } as unknown as ConfigPlan
    expect(seen({ plan, effective: effective('youki') })).toContain('starts containers with youki,')
  })
})

describe('a configuration to be changed', () => {
  const changes = ['sandbox_image = "pause:3.6"', 'SystemdCgroup = true']

  it('is told, with each setting, and refuses nothing', () => {
    const plan = { kind: 'change', changes } as unknown as ConfigPlan
    expect(codes({ plan })).toEqual(['note CONTAINERD_CONFIG_CHANGES'])
    for (const change of changes) expect(of({ plan })[0]?.seen.en).toContain(change)
  })

  it('refuses where it cannot be changed reliably, and says what to set', () => {
    const plan = { kind: 'by-hand', changes, why: same('it imports another file') } as unknown as ConfigPlan
    const [finding] = of({ plan })
    expect(codes({ plan })).toEqual(['error CONTAINERD_CONFIG_BY_HAND'])
    expect(finding?.seen.en).toContain('/etc/containerd/config.toml reliably: it imports another file')
    for (const change of changes) expect(finding?.fix.en).toContain(change)
  })
})

it('has a file corrected that containerd does not read, and names no settings for it', () => {
  const why = { en: 'it does not say why', zh: '未说明原因' }
  const [finding] = of({ plan: { kind: 'by-hand', changes: [], why } })
  expect(finding).toMatchObject({ code: 'CONTAINERD_CONFIG_BY_HAND', severity: 'error' })
  expect(finding?.seen.zh).toBe('无法可靠地修改 /etc/containerd/config.toml：未说明原因')
  for (const words of [finding?.fix.en, finding?.fix.zh]) {
    expect(words).toContain('/usr/bin/containerd -c /etc/containerd/config.toml config dump')
    expect(words).not.toMatch(/[:：]\s*$/)
  }
})

describe('networks of others', () => {
  it('are kept, and a plugin of theirs that is missing refuses', () => {
    const own = '/etc/cni/net.d/10-theirs.conflist'
    expect(codes({}, { own, missing: [] } as never)).toEqual(['note CNI_CONFIG_KEPT'])
    const found = of({}, { own, missing: ['macvlan', 'tuning'] } as never)
    expect(found.map(({ code }) => code)).toEqual(['CNI_PLUGIN_MISSING', 'CNI_CONFIG_KEPT'])
    expect(found[0]?.seen.en).toBe(`${own} names missing CNI plugins: macvlan, tuning`)
  })

  it('are told where nobody knows which plugins they need', () => {
    const own = '/etc/cni/net.d/10-theirs.conflist'
    expect(codes({}, { own, missing: [], isUnread: true } as never)).toEqual([
      'warning NOT_CHECKED',
      'note CNI_CONFIG_KEPT',
    ])
  })

  it('are of no matter where there are none', () => {
    expect(codes({}, { own: undefined, missing: [] } as never)).toEqual([])
  })
})

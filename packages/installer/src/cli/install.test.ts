import { readdir, rm } from 'node:fs/promises'
import path from 'node:path'
import { formatPublicKey, newKey, PATHS } from '@edgelift/bundle'
import { type EdgeliftError, silent, takeLock } from '@edgelift/core'
import { paintFor } from '@edgelift/core/cli'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { EDGE_CERTIFICATE, EDGE_KEY } from '../kubeedge/edgecore-config.ts'
import { receiptFor } from '../state/host-changes.ts'
import { RECEIPT } from '../state/receipt.ts'
import { layArchive } from '../testing/archive.ts'
import { ASK_UNITS, NO_UNITS } from '../testing/bare-machine.ts'
import { certificatePair } from '../testing/certificate.ts'
import { BASELINE, HEAD, type Trial, trial } from '../testing/trial.ts'
import { installHere } from './install.ts'

const LOCK = '/run/edgelift.lock'

let on: Trial
let shown: string
/** `install.yaml` as an operator has edited it. */
let own: string
beforeEach(async () => {
  on = await trial()
  shown = ''
  own = ''
  on.script('id -u', '0')
})
afterEach(async () => {
  vi.restoreAllMocks()
  await on[Symbol.asyncDispose]()
})

async function run(
  role: 'cloud' | 'edge',
  args: Record<string, unknown> = {},
  more: { json?: boolean } = {},
) {
  const typed = role === 'cloud' ? { edgemesh: 'no', ...args } : args
  const write = (text: string): boolean => {
    shown += text
    return true
  }
  const context = {
    ...{
      lang: 'en' as const,
      env: {},
      json: false,
      typed: './edgelift',
      quiet: false,
      verbose: false,
      ...more,
    },
    ...{ report: silent, pause: () => () => {} },
    ...{ signal: new AbortController().signal, streams: { stdout: { write }, stderr: { write } } },
  }
  const done = await installHere(
    { host: on.host, ...(await layArchive(on, role, own === '' ? {} : { [PATHS.answers]: own })) },
    typed,
    context,
  )
  const document = done.document as Record<string, unknown> & {
    findings: { code: string; severity: string }[]
  }
  return { ...done, document, en: done.text('en', paintFor({ write }, {})) }
}

/** Every path of the machine, but for the archive's. */
const machine = async () =>
  (await readdir(on.root, { recursive: true })).filter((name) => !name.startsWith('data')).sort()

/** What is asked of a machine before a cloud is installed on it. */
async function ready(): Promise<void> {
  for (const [line, said] of [
    ['uname -n', 'cloud-1'],
    ['uname -m', 'x86_64'],
    ['uname -r', '6.1.0'],
    ['iptables --version', 'iptables v1.8.9 (nf_tables)'],
    [ASK_UNITS, NO_UNITS],
    ['ss', ''],
    ['ip -4 route show default', 'default via 10.77.0.254 dev eth0'],
    ['ip -o addr show', '2: eth0    inet 10.77.0.1/24 brd 10.77.0.255 scope global eth0'],
  ] as const)
    on.script(line, said)
  await on.put('/etc/localtime')
  await on.put('/etc/resolv.conf', 'nameserver 10.77.0.254\n')
  await on.put('/proc/meminfo', 'MemTotal: 8000000 kB\nSwapTotal: 4000 kB\n')
  await on.put('/proc/modules', 'overlay 1 0\nbr_netfilter 1 0\n')
  await on.put('/sys/fs/cgroup/cgroup.controllers', 'cpuset cpu io memory pids\n')
}

const codesOf = ({ document }: Awaited<ReturnType<typeof run>>) => document.findings.map(({ code }) => code)

describe('a dry run', () => {
  it('says what would be done, and changes nothing', async () => {
    await ready()
    const before = await machine()
    const { exit, document, en } = await run('cloud', { 'dry-run': true })
    expect(exit).toBe(0)
    expect(document).toMatchObject({ changed: false, ready: true, settings: { nodeName: 'cloud-1' } })
    expect(document.plan).toContainEqual(expect.objectContaining({ id: 'k3s-start' }))
    expect(en).toMatch(/swap is on.*install K3s.*Without --dry-run, this would be installed\.$/s)
    expect(await machine()).toEqual(before)
  })

  it('ends as the installation would, and plans all the same', async () => {
    await ready()
    on.script('uname -m', 'aarch64')
    const { exit, document, en } = await run('cloud', { 'dry-run': true })
    expect([exit, document.ready, shown]).toEqual([3, false, ''])
    expect(document.plan).not.toEqual([])
    expect(en).toContain('WRONG_PLATFORM')
    expect(en).toMatch(/The installation would be refused because of the errors above\.$/)
  })
})

describe('a machine that is installed', () => {
  const release = (version: string) => ({ release: { name: 'kubeedge', version } })

  it('is shown what would change, a new one the plan alone', async () => {
    await ready()
    expect((await run('cloud', { 'dry-run': true })).document).not.toHaveProperty('upgrade')
    await installed('cloud', {}, release('1.21.9'))
    const { document } = await run('cloud', { 'dry-run': true })
    expect(document.upgrade).toMatchObject({ from: { version: '1.21.9' }, to: { version: '1.22.0' } })
  })

  it('takes an older release only when it is told to', async () => {
    await ready()
    await installed('cloud', {}, release('1.22.1'))
    const errors = async (args: object) =>
      (await run('cloud', { ...args, 'dry-run': true })).document.findings
        .filter(({ severity }) => severity === 'error')
        .map(({ code }) => code)
    expect(await errors({})).toEqual(['RELEASE_OLDER'])
    expect(await errors({ 'allow-downgrade': true })).toEqual([])
  })
})

describe('one edgelift at a time changes a machine', () => {
  it.each([
    ['an installation by root waits for nobody', 0, {}, 'LOCKED'],
    ['a dry run may look meanwhile', 0, { 'dry-run': true }, 3],
    ['a normal user is told what is wrong, though the lock is root’s', 1000, {}, 3],
  ])('%s', async (_rule, uid, args, end) => {
    vi.spyOn(process, 'getuid').mockReturnValue(uid)
    await using _other = await takeLock(path.join(on.root, LOCK))
    const ended = run('cloud', args).then(
      ({ exit }) => exit,
      (error: EdgeliftError) => error.code,
    )
    expect(await ended).toBe(end)
  })

  it('takes what a killed one was writing away when it begins, and gives the lock back', async () => {
    vi.spyOn(process, 'getuid').mockReturnValue(0)
    const left = '/var/lib/edgelift/.edgelift-receipt.json-0123456789ab'
    await on.put(left)
    await run('cloud')
    expect(await on.text(left)).toBeUndefined()
    expect(await on.text(LOCK)).toBeUndefined()
  })
})

describe('a machine that is not ready', () => {
  it('is refused with all findings, and nothing is changed', async () => {
    const before = await machine()
    const { exit, document, errors, en } = await run('cloud')
    expect([exit, document.changed, en]).toEqual([3, false, ''])
    expect(document).toMatchObject({ error: { code: 'PREFLIGHT_REFUSED' } })
    expect(errors).toMatchObject([
      { code: 'PREFLIGHT_REFUSED', because: { en: expect.stringMatching(/WRONG_PLATFORM, /) } },
    ])
    for (const { code } of document.findings) expect(shown).toContain(code)
    expect(await machine()).toEqual(before)
  })

  it('is told in the document alone with --json', async () => {
    const refused = await run('cloud', {}, { json: true })
    expect(codesOf(refused)).toContain('WRONG_PLATFORM')
    expect(shown).toBe('')
  })
})

describe('an installation', () => {
  it('that fails leaves its receipt and its log, with the warnings of preflight', async () => {
    await ready()
    await expect(run('cloud')).rejects.toMatchObject({ code: 'COMMAND_FAILED' })
    expect(JSON.parse((await on.text(RECEIPT)) ?? '')).toMatchObject({
      ...{ role: 'cloud', directory: path.join(on.root, 'data'), node: { name: 'cloud-1' } },
      steps: expect.arrayContaining([expect.objectContaining({ stepId: 'k3s' })]),
    })
    const [log = ''] = await readdir(path.join(on.root, '/var/log/edgelift'))
    expect(await on.text(`/var/log/edgelift/${log}`)).toMatch(
      /check the archive.*check this machine.*warning: swap is on.*install begins.*COMMAND_FAILED/s,
    )
  })

  it('that moves the cloud says so, and keeps from where for its edges', async () => {
    await ready()
    const settings = { edgemesh: false, advertiseAddresses: ['10.77.0.9'] }
    await installed('cloud', settings)
    const moving = { 'advertise-addresses': '10.77.0.1' }
    expect(codesOf(await run('cloud', { ...moving, 'dry-run': true }))).toContain('CLOUD_ADDRESS_MOVED')
    expect(JSON.parse((await on.text(RECEIPT)) ?? '').formerAddresses).toBeUndefined()
    await expect(run('cloud', moving)).rejects.toThrow()
    expect(JSON.parse((await on.text(RECEIPT)) ?? '').formerAddresses).toEqual(['10.77.0.9'])
    // An edge may still be away when the cloud is installed again.
    await expect(run('cloud', moving)).rejects.toThrow()
    expect(JSON.parse((await on.text(RECEIPT)) ?? '').formerAddresses).toEqual(['10.77.0.9'])
  })
})

async function installed(role: 'cloud' | 'edge', settings: object, more: object = {}): Promise<void> {
  const receipt = receiptFor({ ...HEAD, ...more, role, settings: { role, ...settings } }, undefined, BASELINE)
  await on.put(RECEIPT, JSON.stringify(receipt), 0o600)
}

describe('the settings', () => {
  const nodeName = async (args: Record<string, unknown>) =>
    ((await run('cloud', { ...args, 'dry-run': true })).document.settings as { nodeName: string }).nodeName

  it('of the last installation stand until they are changed', async () => {
    await ready()
    await installed('cloud', { nodeName: 'of-then' })
    expect(await nodeName({})).toBe('of-then')
    expect(await nodeName({ 'node-name': 'of-now' })).toBe('of-now')
  })

  it('of the other role stand for nothing', async () => {
    await ready()
    await installed('edge', { nodeName: 'of-then' })
    expect(await nodeName({})).toBe('cloud-1')
    expect(codesOf(await run('cloud', { 'dry-run': true }))).toContain('OTHER_ROLE')
  })

  it('of --config come before those of the archive, which count all the same; the file may lie in the archive', async () => {
    await ready()
    own = 'nodeName: of-archive\nkeepPrevious: true\n'
    await on.put('/data/site.yaml', 'nodeName: of-site\n')
    const config = path.join(on.root, 'data/site.yaml')
    const { document } = await run('cloud', { config, 'dry-run': true })
    expect(document.settings).toMatchObject({ nodeName: 'of-site' })
    expect(
      await nodeName({ config: path.join(on.root, 'data/install.yaml') }).catch((error) => error),
    ).toMatchObject({
      code: 'FILE_FOREIGN',
    })
    await rm(path.join(on.root, 'data/site.yaml'))
    expect(await nodeName({ config: path.join(on.root, 'data/install.yaml') })).toBe('of-archive')
  })

  it('may name files in the archive, and no file that is not there', async () => {
    await on.put('/data/token', 'no token')
    const token = await run('edge', { 'token-file': path.join(on.root, 'data/token'), 'dry-run': true })
    expect(codesOf(token)).toContain('TOKEN_MALFORMED')
    await rm(path.join(on.root, 'data/token'))
    await expect(run('cloud', { config: '/nowhere/site.yaml' })).rejects.toThrow('/nowhere/site.yaml')
  })

  it('of an existing cluster come from the kubeconfig that is named', async () => {
    await ready()
    const only = await run('cloud', {
      'kubeedge-only': true,
      kubeconfig: '/nowhere/admin.conf',
      'dry-run': true,
    })
    expect(JSON.stringify(only.document.findings)).toContain('/nowhere/admin.conf')
    await expect(run('edge', { 'kubeedge-only': true })).rejects.toMatchObject({ code: 'ROLE_MISMATCH' })
  })

  it('ask for no token on an edge that has its certificate', async () => {
    const args = { 'node-name': 'edge-1', 'token-file': '/nowhere/token', 'dry-run': true }
    expect(codesOf(await run('edge', args))).toContain('TOKEN_UNREADABLE')
    const { certificate, key } = certificatePair('system:node:edge-1')
    await on.put(EDGE_CERTIFICATE, certificate)
    await on.put(EDGE_KEY, key)
    expect(codesOf(await run('edge', args)).filter((code) => code.startsWith('TOKEN'))).toEqual([])
    expect(codesOf(await run('edge', { ...args, 'node-name': 'edge-2' }))).toContain('TOKEN_UNREADABLE')
  })
})

describe('nothing is looked at, let alone changed,', () => {
  it.each([
    ['in an archive with a file of others', () => on.put('/data/theirs'), {}, 'FILE_FOREIGN'],
    ['without the signature that --pubkey asks for', () => {}, { pubkey: true }, 'SIGNATURE_MISSING'],
    ['with a receipt that cannot be read', () => on.put(RECEIPT, '{'), {}, 'JOURNAL_INVALID'],
  ])('%s', async (_what, lay, args, code) => {
    await lay()
    const key = '/etc/site.pub'
    await on.put(key, formatPublicKey(newKey()))
    const before = await machine()
    const typed = 'pubkey' in args ? { pubkey: path.join(on.root, key) } : {}
    await expect(run('cloud', typed)).rejects.toMatchObject({ code })
    expect([await machine(), on.calls]).toEqual([before, []])
  })
})

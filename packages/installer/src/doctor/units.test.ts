import { expect, it } from 'vitest'
import { trial } from '../testing/trial.ts'
import { diagnosisOf, unitDiagnoses } from './units.ts'

const enabled = {
  loaded: 'loaded',
  active: 'activating',
  enabled: 'enabled',
  restarts: 4,
  dropIns: [] as string[],
}
const of = (log: string, state = enabled, unit = 'edgecore.service') => diagnosisOf(unit, state, log, 10000)

it('names a stopped service as such, whatever its log said when it was stopped', () => {
  const log = 'E1128 10:00:00.000000 7 x.go:1] use of closed network connection'
  expect(of(log, { ...enabled, active: 'inactive' })).toMatchObject({
    seen: { en: 'edgecore.service is stopped', zh: 'edgecore.service 服务已停止' },
    fix: { en: 'systemctl start edgecore.service' },
  })
  expect(of(log, { ...enabled, active: 'inactive', enabled: 'disabled' }).fix.en).toBe(
    'systemctl enable edgecore.service; systemctl start edgecore.service',
  )
  expect(of('', { ...enabled, loaded: 'not-found' })).toMatchObject({
    fix: { en: expect.stringContaining('./install.sh') },
    mayFollow: ['FILE_CHANGED', 'INSTALLATION_INCOMPLETE'],
  })
  expect(of('', { ...enabled, loaded: 'masked' }).fix.en).toBe('run ./install.sh: it restores the unit file')
  expect(of('', { ...enabled, restarts: 0 }).seen.en).toBe('edgecore.service is starting')
})

it.each(['bad-setting', 'error'])('has a unit file restored that systemd cannot load: %s', (loaded) => {
  // What a power loss leaves of a file; systemd calls the service of it stopped, and no start would help.
  const found = of('', { ...enabled, loaded, active: 'inactive', restarts: 0 })
  expect(found.seen.en).toBe(`edgecore.service cannot be loaded (${loaded})`)
  expect(found.fix.en).toMatch(/^run \.\/install\.sh: it restores the file/)
  expect(found.fix.zh).toContain('./install.sh')
  expect(found.mayFollow).toContain('FILE_CHANGED')
})

it('says of a service that ends slowly that it is stopping, and of one that crashes that it exits', () => {
  expect(of('', { ...enabled, active: 'deactivating', restarts: 0 })).toMatchObject({
    seen: { en: 'edgecore.service is stopping', zh: 'edgecore.service 正在停止' },
    fix: { en: expect.stringContaining('systemctl start edgecore.service') },
  })
  expect(of('', { ...enabled, active: 'deactivating', restarts: 7 }).seen.en).toBe(
    'edgecore.service exits again and again',
  )
})

it.each([
  [
    'a wrong token',
    'panic: token signature is invalid: signature is invalid',
    'the join token is wrong',
    'token --join',
  ],
  [
    'a wrong address',
    'panic: failed to get CA certificate, err: dial tcp 10.9.9.9:10002: i/o timeout',
    'the cloud does not respond at port 10002',
    'journalctl -u edgecore',
  ],
])('puts the cause of %s first, and the panic after it', (_what, log, cause, fix) => {
  const found = of(`${log}\n\ngoroutine 1 [running]:\nmain.main()`)
  expect(found).toMatchObject({ cause: { en: cause }, words: log })
  expect(found.fix.en).toContain(fix)
})

it("takes another service's last fatal line as the cause", () => {
  const log = 'time="x" level=fatal msg="listen tcp :6443: bind: address already in use"\nk3s.service: Failed'
  expect(of(log, enabled, 'k3s.service')).toMatchObject({
    cause: { en: 'listen tcp :6443: bind: address already in use' },
    fix: { en: expect.stringContaining('ss -lntp') },
  })
})

it('takes no word of an earlier run for the cause, and names files that change the unit', () => {
  const edit = '/etc/systemd/system/edgecore.service.d/override.conf'
  const ends = (count: number) => `Started edgecore.service - EdgeCore.
edgecore.service: Main process exited, code=exited, status=1/FAILURE
edgecore.service: Failed with result 'exit-code'.
edgecore.service: Scheduled restart job, restart counter is at ${count}.`
  const log = `E1128 10:00:00.000000 7 x.go:1] eviction manager: failed\n${ends(1)}\n${ends(2)}\n${ends(3)}`
  const found = of(log, { ...enabled, dropIns: [edit] })
  expect(found.cause.en).toBe('its log does not say why')
  expect(found.fix.en).toMatch(/^see its log: journalctl -u edgecore\.service\. The unit was changed by hand/)
  expect(found.fix.en).toContain(`(${edit})`)
  expect(found.fix.zh).toContain('systemctl revert edgecore.service')
})

it('asks systemd once for each service, also for what was added to its unit', async () => {
  await using node = await trial()
  const edit = '/etc/systemd/system/edgecore.service.d/override.conf'
  node.script('systemctl show -p', `LoadState=loaded\nActiveState=failed\nNRestarts=4\nDropInPaths=${edit}\n`)
  node.script('journalctl', '')
  const [found] = await unitDiagnoses(node.host, ['edgecore.service'], 10000)
  expect(found?.fix.en).toContain(edit)
  expect(node.calls.filter((line) => line.startsWith('systemctl'))).toHaveLength(1)
})

it.each([
  ['start', 'is starting'],
  ['auto-restart', 'exits again and again'],
])('tells a service that was just started from one that has exited already: %s', async (sub, seen) => {
  await using node = await trial()
  const shown = `LoadState=loaded\nActiveState=activating\nSubState=${sub}\nUnitFileState=enabled\nNRestarts=0\nDropInPaths=\n`
  node.script('systemctl show -p', shown)
  node.script('journalctl', '')
  const [found] = await unitDiagnoses(node.host, ['edgecore.service'], 10000)
  expect(found?.seen.en).toBe(`edgecore.service ${seen}`)
  expect(found?.mayFollow).toContain('DATABASE_DAMAGED')
})

it('does not call a service that is starting so when it says that its database is damaged', () => {
  const log = 'time="x" level=error msg="Failed to ping database connection: file is not a database"'
  expect(of(log, { ...enabled, restarts: 0 }, 'k3s.service')).toMatchObject({
    seen: { en: 'k3s.service cannot read its database' },
    cause: { en: 'Failed to ping database connection: file is not a database' },
    fix: { en: expect.stringContaining('--restore FILE') },
  })
})

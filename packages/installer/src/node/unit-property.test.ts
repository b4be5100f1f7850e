import { describe, expect, it } from 'vitest'
import { existingContainerd } from '../containerd/existing.ts'
import { type Trial, trial } from '../testing/trial.ts'
import { unitProperty } from './unit-property.ts'
import { dropInsOf, mainPid } from './units.ts'

const CONTAINERD = '{ path=/usr/bin/containerd ; argv[]=/usr/bin/containerd ; ignore_errors=no }'
const SHOWN: Readonly<Record<string, string>> = {
  MainPID: '42',
  DropInPaths: '/etc/systemd/system/x.service.d/a.conf',
  ExecStart: CONTAINERD,
}

/** A systemctl of CentOS 7 (systemd 219), which has no `--value`. */
function oldSystemctl(on: Trial): void {
  on.script('systemctl show', (args) => {
    if (args.includes('--value')) return { code: 1, stderr: "systemctl: unrecognized option '--value'" }
    const name = args[args.indexOf('-p') + 1] ?? ''
    return SHOWN[name] === undefined ? '' : `${name}=${SHOWN[name]}\n`
  })
}

describe('a systemd older than 230', () => {
  it('tells of a unit what a newer one does', async () => {
    await using on = await trial()
    oldSystemctl(on)
    expect(await mainPid(on.host, 'x.service')).toBe(42)
    expect(await dropInsOf(on.host, 'x.service')).toEqual(['/etc/systemd/system/x.service.d/a.conf'])
    expect(await unitProperty(on.host, 'x.service', 'InvocationID')).toBe('')
  })

  it('shows the containerd that a host has', async () => {
    await using on = await trial()
    oldSystemctl(on)
    on.script('/usr/bin/containerd --version', 'containerd github.com/containerd/containerd v1.6.33 abc')
    on.script('/usr/bin/containerd -c', 'version = 2\n')
    const place = { directory: '/data', sandboxImage: 'pause:3.6' }
    expect(await existingContainerd(on.host, place)).toMatchObject({ version: [1, 6, 33] })
  })
})

it('says nothing of a unit while systemd does not', async () => {
  await using on = await trial()
  on.script('systemctl show', { code: 1, stderr: 'Failed to connect to bus' })
  expect(await unitProperty(on.host, 'x.service', 'LoadState')).toBeUndefined()
})

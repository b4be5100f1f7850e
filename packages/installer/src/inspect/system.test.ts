import { symlink } from 'node:fs/promises'
import path from 'node:path'
import { expect, it } from 'vitest'
import { trial } from '../testing/trial.ts'
import { prettyName, systemFacts } from './system.ts'

it.each([
  ['NAME=x\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nID=debian\n', 'Debian GNU/Linux 12 (bookworm)'],
  ["PRETTY_NAME='openEuler 24.03 (LTS)'\r\n", 'openEuler 24.03 (LTS)'],
  ['PRETTY_NAME=Alpine\n', 'Alpine'],
  ['PRETTY_NAME="the \\"best\\" \\$1"\n', 'the "best" $1'],
  ['PRETTY_NAME="first"\nPRETTY_NAME="银河麒麟 V10"\n', '银河麒麟 V10'],
  ['NAME=x\n', ''],
])('reads the name of a distribution: %j', (release, name) => {
  expect(prettyName(release)).toBe(name)
})

it('a time zone that is missing behind a link is missing, and so are the zones', async () => {
  await using on = await trial()
  await on.put('/etc/hosts')
  await symlink('../usr/share/zoneinfo/UTC', path.join(on.root, 'etc/localtime'))
  expect(await systemFacts(on.host)).toMatchObject({ localtime: false, zoneinfo: false })
  await on.put('/usr/share/zoneinfo/UTC')
  expect(await systemFacts(on.host)).toMatchObject({ localtime: true, zoneinfo: true })
})

it('what turns swap on is looked for only where it is on', async () => {
  await using on = await trial()
  await on.put('/etc/fstab', '/swapfile none swap sw 0 0\n')
  await on.put('/proc/meminfo', 'MemTotal: 1000 kB\nSwapTotal: 0 kB\n')
  expect(await systemFacts(on.host)).toMatchObject({ swapBytes: 0, swapSources: [] })
  await on.put('/proc/meminfo', 'MemTotal: 1000 kB\nSwapTotal: 8 kB\n')
  expect(await systemFacts(on.host)).toMatchObject({ swapBytes: 8192, swapSources: [{ kind: 'fstab' }] })
})

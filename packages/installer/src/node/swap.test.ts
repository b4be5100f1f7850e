import { execFileSync } from 'node:child_process'
import path from 'node:path'
import { expect, it } from 'vitest'
import { trial } from '../testing/trial.ts'
import { swapOff, swapSources } from './swap.ts'

const block = (lines: Readonly<Record<string, string>>) =>
  Object.entries({ LoadState: 'loaded', ...lines })
    .map(([key, value]) => `${key}=${value}\n`)
    .join('')
const RUN = '/run/systemd/generator'
/** What systemctl says of services that are not there, and of swap that it found on. */
const NOTHING = [
  block({ Id: 'dphys-swapfile.service', LoadState: 'not-found' }),
  block({ Id: 'dev-disk-by\\x2did-a.swap', FragmentPath: '' }),
]

it.each<[name: string, fstab: string, units: string[], command: string]>([
  [
    'a line of fstab',
    'UUID=1 / ext4 defaults 0 1\nUUID=2\tnone swap sw 0 0\n',
    [block({ Id: 'dev-sda2.swap', FragmentPath: `${RUN}/dev-sda2.swap`, SourcePath: '/etc/fstab' })],
    "swapoff -a; sed -i -E '/^[^#].*\\sswap(\\s|$)/s/^/#/' /etc/fstab",
  ],
  ['a line that is commented out', '#UUID=2 none swap sw 0 0\n', [], 'swapoff -a'],
  [
    'zram-generator of Fedora',
    '',
    [block({ Id: 'dev-zram0.swap', FragmentPath: `${RUN}/dev-zram0.swap` })],
    'swapoff -a; systemctl mask dev-zram0.swap',
  ],
  [
    'a partition that systemd finds',
    '',
    [block({ Id: 'dev-disk-by\\x2duuid-1.swap', FragmentPath: `${RUN}.late/x.swap` })],
    "swapoff -a; systemctl mask 'dev-disk-by\\x2duuid-1.swap'",
  ],
  [
    'dphys-swapfile of Raspberry Pi OS, as a unit or an init script',
    '',
    [
      block({ Id: 'dphys-swapfile.service', FragmentPath: '/run/x', UnitFileState: 'generated' }),
      block({ Id: 'zramswap.service', FragmentPath: '/lib/x', UnitFileState: 'disabled' }),
    ],
    'swapoff -a; systemctl disable dphys-swapfile.service',
  ],
  [
    'zram-tools of Debian beside a unit written by hand, which cannot be masked',
    '',
    [
      block({ Id: 'swapfile.swap', FragmentPath: '/etc/systemd/system/swapfile.swap' }),
      block({ Id: 'zramswap.service', FragmentPath: '/lib/x', UnitFileState: 'enabled' }),
    ],
    'swapoff -a; systemctl disable swapfile.swap zramswap.service',
  ],
  [
    'one that is masked already',
    '',
    [block({ Id: 'dev-zram0.swap', LoadState: 'masked', FragmentPath: '/dev/null' })],
    'swapoff -a',
  ],
])('%s: what keeps swap off after a reboot is named', async (_, fstab, units, command) => {
  await using on = await trial()
  await on.put('/etc/fstab', fstab)
  on.script('systemctl show', [...NOTHING, ...units].join('\n'))
  expect(swapOff(await swapSources(on.host))).toBe(command)
})

it('a systemd that does not say leaves what /etc/fstab says', async () => {
  await using on = await trial()
  await on.put('/etc/fstab', '/swapfile none swap sw 0 0\n')
  expect(await swapSources(on.host)).toEqual([{ kind: 'fstab' }])
})

it('the command comments out the lines of swap, and no other', async () => {
  await using on = await trial()
  const kept = '# swap was here\n/dev/a /swap ext4 defaults 0 0\n'
  await on.put('/etc/fstab', `${kept}UUID=2\tnone\tswap\tsw 0 0\n/s none swap\n`)
  const [, sed = ''] = swapOff([{ kind: 'fstab' }]).split('; ')
  execFileSync('sh', ['-c', sed.replace('/etc/fstab', path.join(on.root, 'etc/fstab'))])
  expect(await on.text('/etc/fstab')).toBe(`${kept}#UUID=2\tnone\tswap\tsw 0 0\n#/s none swap\n`)
})

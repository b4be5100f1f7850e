import { expect, it } from 'vitest'
import { trial } from '../testing/trial.ts'
import { restoreFile } from './restore-file.ts'

it('leaves a directory that took the place of a file, and says so', async () => {
  await using on = await trial()
  await on.put('/opt/cni/bin/portmap/theirs', 'x')
  const said: string[] = []
  const undoing = { host: on.host, told: ({ en }: { en: string }) => void said.push(en) }
  await restoreFile(undoing, { kind: 'file', path: '/opt/cni/bin/portmap' })
  expect(said).toEqual(['/opt/cni/bin/portmap stays: it is a directory, which edgelift did not create'])
  expect(await on.text('/opt/cni/bin/portmap/theirs')).toBe('x')
})

it.each(['restored', 'removed'])(
  'clears what a killed run left beside a file that is %s, and no more',
  async (how) => {
    await using on = await trial()
    const backup = '/var/lib/edgelift/backup/001-config.toml'
    const left = '/etc/containerd/.edgelift-config.toml-0123456789ab'
    for (const file of ['/etc/containerd/config.toml', left, '/etc/containerd/theirs', backup])
      await on.put(file, 'x')
    await restoreFile(
      { host: on.host, told: () => {} },
      { kind: 'file', path: '/etc/containerd/config.toml', ...(how === 'restored' ? { backup } : {}) },
    )
    expect(await on.text(left)).toBeUndefined()
    expect(await on.text('/etc/containerd/theirs')).toBe('x')
  },
)

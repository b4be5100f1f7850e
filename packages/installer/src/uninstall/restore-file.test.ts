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

import { expect, it } from 'vitest'
import { trial } from '../testing/trial.ts'
import { isContainerdThere } from './containerd-there.ts'

const CTR = ['/data/edge/bin/ctr', '-a', '/run/x.sock', '-n', 'k8s.io'] as const
const LOAD_STATE = 'systemctl show -p LoadState containerd.service'
const REFUSED = { code: 1, stderr: 'connect: connection refused' }

it.each([
  ['responds', '', 'loaded', true],
  ['responds, under a unit of another name', '', 'not-found', true],
  ['was uninstalled, with its ctr', 'missing', 'not-found', false],
  ['was uninstalled, and the archive brings a ctr', REFUSED, 'not-found', false],
] as const)('a containerd that %s', async (_, answer, state, expected) => {
  await using on = await trial()
  on.script(CTR.join(' '), answer)
  on.script(LOAD_STATE, `LoadState=${state}`)
  expect(await isContainerdThere(on.host, CTR)).toBe(expected)
})

it('a containerd that only does not run is not taken for an uninstalled one', async () => {
  await using on = await trial()
  on.script(CTR.join(' '), REFUSED)
  for (const state of ['loaded', 'masked', '']) {
    on.script(LOAD_STATE, `LoadState=${state}`)
    await expect(isContainerdThere(on.host, CTR)).rejects.toMatchObject({ code: 'COMMAND_FAILED' })
  }
})

it('a containerd whose unit is there is not taken for an uninstalled one since ctr is missing', async () => {
  await using on = await trial()
  on.script(CTR.join(' '), 'missing')
  on.script(LOAD_STATE, 'LoadState=loaded')
  await expect(isContainerdThere(on.host, CTR)).rejects.toMatchObject({ code: 'COMMAND_MISSING' })
})

import path from 'node:path'
import { parse } from 'smol-toml'
import { expect, it } from 'vitest'
import {
  CNI_NAMES,
  CONFLIST_FILE,
  CONTAINERD_UNIT_FILE,
  containerdConfigText,
  NETWORK,
  RUNTIME_PROGRAMS,
} from './files.ts'

const laid = (name: string) => RUNTIME_PROGRAMS.find(({ to }) => path.basename(to) === name)?.to

it('containerd finds its runtime, its plugins and its network where they are laid', () => {
  const { plugins } = parse(containerdConfigText('pause:3.6')) as never as Record<
    string,
    Record<string, never>
  >
  expect(plugins).toMatchObject({
    'io.containerd.cri.v1.images': { pinned_images: { sandbox: 'pause:3.6' } },
    'io.containerd.cri.v1.runtime': {
      cni: { bin_dirs: [path.dirname(laid('bridge') ?? '')], conf_dir: path.dirname(CONFLIST_FILE.to) },
      containerd: { runtimes: { runc: { options: { BinaryName: laid('runc'), SystemdCgroup: true } } } },
    },
  })
  expect(CONTAINERD_UNIT_FILE.content).toContain(`ExecStart=${laid('containerd')}\n`)
})

it('the network needs no plugin but those that are laid, and has the name by which its rules are taken back', () => {
  const { name, plugins } = JSON.parse(CONFLIST_FILE.content)
  const needed = plugins.flatMap((one: { type: string; ipam?: { type: string } }) => [
    one.type,
    one.ipam?.type,
  ])
  expect(name).toBe(NETWORK)
  expect(CNI_NAMES).toEqual(expect.arrayContaining(needed.filter((one?: string) => one !== undefined)))
  for (const one of CNI_NAMES) expect(laid(one)).toBeDefined()
})

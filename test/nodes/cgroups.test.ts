import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { expect, it } from 'vitest'
import { exists } from '../support/nodes/cache.ts'
import { cgroupFolders, makeCgroups, removeCgroups } from '../support/nodes/cgroups.ts'

it('ends processes that are frozen, and removes their groups', async () => {
  const folders = await cgroupFolders(`edgelift-frozen-${process.pid}`)
  await makeCgroups(folders)
  const child = spawn('sleep', ['300'])
  const ended = once(child, 'exit')
  for (const folder of folders) await writeFile(path.join(folder, 'cgroup.procs'), String(child.pid))
  for (const folder of folders)
    for (const [file, word] of [
      ['freezer.state', 'FROZEN'],
      ['cgroup.freeze', '1'],
    ] as const)
      if (await exists(path.join(folder, file))) await writeFile(path.join(folder, file), word)
  await removeCgroups(folders)
  expect((await ended)[1]).toBe('SIGKILL')
  for (const folder of folders) expect(await exists(folder)).toBe(false)
})

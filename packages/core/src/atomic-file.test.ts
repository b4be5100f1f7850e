import { mkdir, mkdtemp, readdir, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, it } from 'vitest'
import { createFileWhole, sweepAbandoned, temporaryBeside, writeFileAtomic } from './atomic-file.ts'

it('names the file that cannot be written, not the temporary one beside it', async () => {
  await expect(writeFileAtomic('/nowhere/at-all/report.html', '')).rejects.toMatchObject({
    code: 'ENOENT',
    path: '/nowhere/at-all/report.html',
    message: expect.stringContaining("'/nowhere/at-all/report.html'"),
  })
})

it('names it, and leaves nothing, where a directory has its name', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'edgelift-atomic-'))
  const file = path.join(folder, 'report.html')
  await mkdir(file)
  await expect(writeFileAtomic(file, '')).rejects.toMatchObject({ code: 'EISDIR', path: file })
  expect(await readdir(folder)).toEqual(['report.html'])
  await rm(folder, { recursive: true })
})

it('sweeps what killed runs have left of a file, not what is being written, and nothing of others', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'edgelift-atomic-'))
  const file = path.join(folder, 'a.lock.json')
  const [abandoned, fresh, others] = [file, file, path.join(folder, 'a.lock')].map(temporaryBeside)
  for (const name of [abandoned, fresh, others]) await writeFile(String(name), '')
  for (const name of [abandoned, others]) await utimes(String(name), 0, Date.now() / 1000 - 4000)
  await sweepAbandoned(file)
  const left = [fresh, others].map((name) => path.basename(String(name)))
  expect((await readdir(folder)).toSorted()).toEqual(left.toSorted())
  await sweepAbandoned(path.join(folder, 'nowhere', 'a'))
  await rm(folder, { recursive: true })
})

it('creates a file that nobody sees before it is whole, with its mode', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'edgelift-atomic-'))
  const file = path.join(folder, 'key')
  let done = false
  const created = createFileWhole(file, Buffer.alloc(50_000_000), 0o600).then(() => (done = true))
  const sizes = new Set<number | undefined>()
  while (!done)
    sizes.add(
      await stat(file).then(
        ({ size }) => size,
        () => undefined,
      ),
    )
  await created
  expect([...sizes].filter((size) => size !== undefined && size !== 50_000_000)).toEqual([])
  expect((await stat(file)).mode & 0o7777).toBe(0o600)
  expect(await readdir(folder)).toEqual(['key'])
  await rm(folder, { recursive: true })
})

it('creates no file in the place of another one, nor through a link that leads nowhere', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'edgelift-atomic-'))
  const [file, target] = [path.join(folder, 'key'), path.join(folder, 'target')]
  await symlink(target, file)
  await expect(createFileWhole(file, 'x', 0o600)).rejects.toMatchObject({ code: 'EEXIST', path: file })
  expect(await readdir(folder)).toEqual(['key'])
  await rm(folder, { recursive: true })
})

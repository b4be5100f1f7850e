import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { exec, mustExec } from '@edgelift/core'
import { expect, it } from 'vitest'
import { sourceOf } from './campaign-run.ts'

it('a result names the commit, and says where the source was another one', async () => {
  const root = await mkdtemp(path.join(tmpdir(), 'edgelift-source-'))
  const git = (...args: string[]) =>
    mustExec(exec, 'git', ['-c', 'user.name=a', '-c', 'user.email=a@b.example', ...args], { cwd: root })
  try {
    await git('init', '-q')
    await writeFile(path.join(root, 'a.ts'), 'a')
    await git('add', '.')
    await git('commit', '-qm', 'first')
    const commit = (await git('rev-parse', '--short', 'HEAD')).trim()
    await mkdir(path.join(root, 'test/campaigns/results'), { recursive: true })
    await writeFile(path.join(root, 'test/campaigns/results/fuzz.json'), '[]')
    expect(await sourceOf(root)).toBe(commit)
    await writeFile(path.join(root, 'a.ts'), 'b')
    expect(await sourceOf(root)).toBe(`${commit}-dirty`)
    await git('checkout', '-q', 'a.ts')
    await writeFile(path.join(root, 'new.ts'), '')
    expect(await sourceOf(root)).toBe(`${commit}-dirty`)
  } finally {
    await rm(root, { recursive: true, force: true })
  }
})

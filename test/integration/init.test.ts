import { appendFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { exec } from '@edgelift/core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bundledProgram, type Program } from '../support/building/program.ts'
import { chartOverrides, releaseCharts } from '../support/upstream/charts.ts'
import { releaseContent } from '../support/upstream/release-content.ts'
import { startUpstream, type Upstream } from '../support/upstream/upstream.ts'

let folder: string
let program: Program
let upstream: Upstream
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'edgelift init 一-'))
  program = await bundledProgram(folder)
  upstream = await startUpstream({ content: await releaseContent({ note: () => {} }) })
})
afterAll(async () => {
  await upstream[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
})

describe('edgelift init in an empty folder, from the one-file builder', () => {
  it('writes a release that locks and builds with the very commands that it prints', async () => {
    const made = await program.run(['init', 'factory line 一', '--lang', 'zh'])
    expect([made.code, made.stderr]).toEqual([0, ''])
    const own = path.join(folder, 'factory line 一')
    expect((await readdir(own)).sort()).toEqual(['edgelift.config.yaml', 'factory-line.yaml'])
    expect(await readFile(path.join(own, 'factory-line.yaml'), 'utf8')).toContain('锁定文件')
    await appendFile(path.join(own, 'factory-line.yaml'), chartOverrides(await releaseCharts()))
    await appendFile(path.join(own, 'edgelift.config.yaml'), upstream.config)

    const typed = made.stdout.split('\n').filter((line) => line.startsWith('  '))
    expect(typed).toHaveLength(4)
    const env = { ...process.env, EDGELIFT_STORE: path.join(folder, 'store') }
    const ran = await exec('bash', ['-ec', typed.join('\n')], { cwd: folder, env, timeout: 280_000 })
    expect(ran.code, ran.stderr).toBe(0)
    const archives = (await readdir(path.join(own, 'dist'))).filter((name) => name.endsWith('.tar.gz')).sort()
    expect(archives).toEqual(
      ['cloud', 'edge'].flatMap((role) =>
        ['amd64', 'arm64'].map((arch) => `factory-line-${role}-0.1.0-${arch}.tar.gz`),
      ),
    )
  })

  it('refuses to overwrite, and names what is there', async () => {
    await writeFile(path.join(folder, 'edgelift.config.yaml'), 'mine')
    const { code, stdout } = await program.run(['init', '--json'])
    expect(code).toBe(1)
    expect(JSON.parse(stdout)).toMatchObject({
      error: { code: 'FILES_EXIST', message: expect.stringContaining('edgelift.config.yaml') },
    })
    expect(await readFile(path.join(folder, 'edgelift.config.yaml'), 'utf8')).toBe('mine')
  })

  it.each(['kubeedge-1.22.0', 'my.yaml'])('init %s is a mistake that is explained', async (dir) => {
    const { code, stderr } = await program.run(['init', dir])
    expect([code, stderr]).toEqual([
      2,
      expect.stringMatching(/^error\[USAGE\]: .*\ncause: usage: edgelift init \[dir\]\nfix: /),
    ])
  })
})

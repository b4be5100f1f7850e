import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { WorkEvent } from '@edgelift/core'
import { type CommandContext, runProgram } from '@edgelift/core/cli'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { builderProgram } from './program.ts'
import { warningOfUnused } from './unused-options.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'edgelift-unused-'))
})
afterAll(() => rm(folder, { recursive: true }))

describe('an option that has no effect on a command', () => {
  const told = async (args: Record<string, unknown>): Promise<WorkEvent[]> => {
    const events: WorkEvent[] = []
    const outcome = { document: {}, text: () => 'done' }
    const spec = warningOfUnused(
      {
        usage: 'look <file>',
        describe: { en: 'Looks', zh: '查看' },
        load: async () => async (given) => ({ ...outcome, document: given }),
      },
      ['config'],
    )
    const handler = await spec.load()
    const context = { report: (event: WorkEvent) => events.push(event) } as unknown as CommandContext
    expect((await handler(args, context)).document).toBe(args)
    return events
  }

  it('is told, in both languages, and the command runs', async () => {
    expect(await told({ file: 'a', config: 'c', store: 's' })).toEqual([
      {
        ...{ type: 'note', level: 'warning' },
        text: {
          en: '--config has no effect on look: it contacts no server',
          zh: '--config 对 look 不起作用：该命令不访问任何服务器',
        },
      },
    ])
  })

  it('is not told where it is not given', async () => {
    expect(await told({ file: 'a' })).toEqual([])
  })
})

it.each([
  ['lint kubeedge-1.22.0', ['store']],
  ['store ls', ['config']],
  ['verify gone.tar.gz', ['store', 'config']],
  ['inspect gone.tar.gz', ['store', 'config']],
  ['diff gone.tar.gz gone.tar.gz', ['store', 'config']],
  ['keygen @gone/a.key', ['store', 'config']],
  ['init @release.yaml', ['store', 'config']],
  ['lock gone', []],
  ['build gone', []],
])('%s: --config and --store are used, or told to have no effect: %j', async (line, unused) => {
  let err = ''
  const argv = `${line} --store @store --config @gone.yaml`
    .split(' ')
    .map((word) => word.replace(/^@/, `${folder}/`))
  await runProgram(builderProgram(folder), {
    argv,
    env: { HOME: folder, LANG: 'C' },
    streams: { stdout: { write: () => true }, stderr: { write: (text) => (err += text) } },
  })
  expect([...err.matchAll(/--(\w+) has no effect on/g)].map(([, name]) => name)).toEqual(unused)
})

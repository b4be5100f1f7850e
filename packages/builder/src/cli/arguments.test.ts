import { describe, expect, it } from 'vitest'
import type { z } from 'zod'
import {
  BuildArguments,
  DiffArguments,
  InitArguments,
  InspectArguments,
  parseArguments,
  StoreArguments,
  VerifyArguments,
} from './arguments.ts'

describe('arguments', () => {
  it('have the defaults that the help names', () => {
    expect(parseArguments(BuildArguments, { release: 'r' })).toEqual({
      release: 'r',
      role: ['cloud', 'edge'],
      out: 'dist',
      offline: false,
      rehash: false,
      'only-delta': false,
    })
    expect(parseArguments(InitArguments, {})).toEqual({ dir: '.' })
    expect(parseArguments(DiffArguments, { from: 'a', to: 'b' })).toEqual({
      from: 'a',
      to: 'b',
      'exit-code': false,
    })
  })

  it.each<[string, z.ZodType, object, object]>([
    [
      'a list of words, each once',
      BuildArguments,
      { release: 'r', role: 'edge, cloud,edge' },
      { role: ['edge', 'cloud'] },
    ],
    ['one word', BuildArguments, { release: 'r', platform: 'linux/arm64' }, { platform: ['linux/arm64'] }],
    ['a size of powers of ten', BuildArguments, { release: 'r', split: '4GB' }, { split: 4_000_000_000 }],
    ['a size of powers of two', BuildArguments, { release: 'r', split: '1 KiB' }, { split: 1024 }],
    ['days', StoreArguments, { action: 'prune', 'older-than': '30d' }, { 'older-than': 720 }],
    ['days without a unit', StoreArguments, { action: 'prune', 'older-than': '2' }, { 'older-than': 48 }],
    ['hours', StoreArguments, { action: 'prune', 'older-than': '12h' }, { 'older-than': 12 }],
    [
      'a delta alone, with what it is against',
      BuildArguments,
      { release: 'r', since: 'd', 'only-delta': true },
      { 'only-delta': true },
    ],
    [
      'an export with its file',
      StoreArguments,
      { action: 'export', file: 'f', release: ['r'] },
      { file: 'f', release: ['r'] },
    ],
    ['one view', InspectArguments, { archive: 'a', why: 'x', report: 'r.html' }, { why: 'x' }],
  ])('may be %s', (_what, schema, args, expected) => {
    expect(parseArguments(schema, args as Record<string, unknown>)).toMatchObject(expected)
  })

  it.each<[string, z.ZodType, object, string, string]>([
    [
      'a role that is none',
      BuildArguments,
      { release: 'r', role: 'cloud,server' },
      '--role: must be one of cloud, edge',
      '--role：应为以下之一：cloud、edge',
    ],
    [
      'a platform that is none',
      BuildArguments,
      { release: 'r', platform: 'amd64' },
      '--platform: must be one of linux/amd64, linux/arm64',
      '--platform：应为以下之一：linux/amd64、linux/arm64',
    ],
    [
      'an empty list',
      BuildArguments,
      { release: 'r', role: '' },
      '--role: must be one of cloud, edge',
      '--role：应为以下之一：cloud、edge',
    ],
    [
      'an empty release',
      BuildArguments,
      { release: '' },
      '<release>: must not be empty',
      '<release>：不能为空',
    ],
    [
      'an empty folder',
      BuildArguments,
      { release: 'r', out: '' },
      '--out: must not be empty',
      '--out：不能为空',
    ],
    [
      'a size that is none',
      BuildArguments,
      { release: 'r', split: 'huge' },
      '--split: must be a size such as 4GB, 700MB or 4GiB',
      '--split：应为大小，例如 4GB、700MB 或 4GiB',
    ],
    [
      'a size of nothing',
      BuildArguments,
      { release: 'r', split: '0' },
      '--split: must be a size such as 4GB, 700MB or 4GiB',
      '--split：应为大小，例如 4GB、700MB 或 4GiB',
    ],
    [
      'a delta alone of nothing',
      BuildArguments,
      { release: 'r', 'only-delta': true },
      '--only-delta needs --since',
      '--only-delta 需要与 --since 一起使用',
    ],
    ['no archive', VerifyArguments, { archive: [] }, '<archive>: must not be empty', '<archive>：不能为空'],
    [
      'an archive without a name',
      VerifyArguments,
      { archive: ['a', ''] },
      '<archive>: must not be empty',
      '<archive>：不能为空',
    ],
    [
      'two views',
      InspectArguments,
      { archive: 'a', images: true, sbom: 'spdx' },
      '--images, --files, --why and --sbom exclude each other',
      '--images、--files、--why 和 --sbom 不能同时使用',
    ],
    [
      'an SBOM of another kind',
      InspectArguments,
      { archive: 'a', sbom: 'swid' },
      '--sbom: must be one of spdx, cyclonedx',
      '--sbom：应为以下之一：spdx、cyclonedx',
    ],
    [
      'an age that is none',
      StoreArguments,
      { action: 'prune', 'older-than': '1w' },
      '--older-than: must be a number of days (30d) or hours (12h)',
      '--older-than：应为天数（30d）或小时数（12h）',
    ],
    [
      'an export to nowhere',
      StoreArguments,
      { action: 'export' },
      'export and import need a FILE; no other action takes one',
      'export 和 import 需要指定文件；其他操作不需要',
    ],
    [
      'a file that nothing is done with',
      StoreArguments,
      { action: 'ls', file: 'f' },
      'export and import need a FILE; no other action takes one',
      'export 和 import 需要指定文件；其他操作不需要',
    ],
    [
      'a release that is not exported',
      StoreArguments,
      { action: 'ls', release: ['r'] },
      '--release: only store export takes this option',
      '--release：仅适用于 store export',
    ],
    [
      'an age that prunes nothing',
      StoreArguments,
      { action: 'ls', 'older-than': '1d' },
      '--older-than: only store prune takes this option',
      '--older-than：仅适用于 store prune',
    ],
    [
      'a preview of a check',
      StoreArguments,
      { action: 'verify', 'dry-run': true },
      '--dry-run: only store prune takes this option',
      '--dry-run：仅适用于 store prune',
    ],
    [
      'a release that is kept in an export',
      StoreArguments,
      { action: 'export', file: 'f', keep: ['r'] },
      '--keep: only store prune takes this option',
      '--keep：仅适用于 store prune',
    ],
  ])('are refused in both languages: %s', (_what, schema, args, en, zh) => {
    expect(() => parseArguments(schema, args as Record<string, unknown>)).toThrow(
      expect.objectContaining({ code: 'USAGE', exit: 2, what: { en, zh } }),
    )
  })
})

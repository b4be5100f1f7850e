import { type BundleManifest, PATHS, requirerOf, type Verified } from '@edgelift/bundle'
import { EdgeliftError } from '@edgelift/core'
import { type Paint, paintFor } from '@edgelift/core/cli'
import { describe, expect, it } from 'vitest'
import type { Inspection } from './inspection.ts'
import { filesText, imagesText, summaryText, whyText } from './tables.ts'
import { why } from './why.ts'

const manifest: BundleManifest = {
  format: 'edgelift/bundle/v1',
  name: 'a',
  role: 'cloud',
  platform: 'linux/amd64',
  release: { name: 'r', version: '1' },
  lock: 'sha256:0',
  edgelift: '0',
  packed: { size: 0, sha256: '0'.repeat(64) },
  versions: {},
  files: [
    {
      path: 'images/busybox-1.tar',
      size: 2_000_000,
      mode: '0644',
      integrity: 'sha256-x',
      origin: { kind: 'image', reference: 'docker.io/library/busybox:1', digest: 'sha256:b' },
      neededBy: [],
    },
    {
      path: 'keadm',
      size: 3,
      mode: '0755',
      integrity: 'sha256-x',
      origin: { kind: 'url', url: 'https://u/k.tgz', member: 'k/keadm', trust: 'upstream-checksum' },
      neededBy: [],
    },
  ],
  images: [
    {
      reference: 'docker.io/library/busybox:1',
      digest: 'sha256:b',
      platform: 'linux/amd64',
      file: 'images/busybox-1.tar',
      blobs: [],
      neededBy: [requirerOf({ kind: 'chart', name: 'x', detail: 'Pod y' }, { option: 'mosquitto' })],
    },
  ],
  charts: [],
  options: [],
  settings: { sandboxImage: '', testImage: '', k3sDisable: [] },
  placeholders: [],
}

const paint: Paint = {
  ...paintFor({ write: () => {} }, {}),
  red: (text) => `red(${text})`,
  green: (text) => `green(${text})`,
  yellow: (text) => `yellow(${text})`,
}
const SBOM = {
  serialNumber: 'urn:uuid:1',
  metadata: { tools: { components: [] }, component: { name: 'a', version: '1' } },
  components: [],
}

function inspection(verified: Partial<Verified> = {}, more: Partial<Inspection> = {}): Inspection {
  return {
    where: '/a.tar.gz',
    packedSize: 1_500_000,
    verified: {
      ...{ manifest, problems: [], files: 2, bytes: 2_000_003, sha256: 'x', signature: 'none' },
      ...{ besideChecked: [], besideUnchecked: [], edited: [], ...verified },
    } as Verified,
    kinds: [{ kind: 'images', files: 1, bytes: 2_000_000 }],
    ...more,
  }
}
/** Its lines without the spaces of the table. */
const summary = (one: Inspection, lang: 'en' | 'zh' = 'en') =>
  summaryText(one, lang, paint)
    .split('\n')
    .map((line) => line.trim().replace(/ {2,}/g, ' | '))

describe('the summary', () => {
  it('says what it is, how large, and that it is as it was packed', () => {
    expect(summary(inspection())).toEqual([
      'a',
      'role | cloud | linux/amd64',
      'release | r 1',
      'size | 1.5 MB packed, 2.0 MB unpacked, 2 files',
      'lock | sha256:0',
      'built by | edgelift 0',
      'integrity | green(every file is as it was packed)',
      'signature | none',
      '',
      'what | files | size',
      'Container images | 1 | 2.0 MB',
    ])
  })

  it('says it in Chinese', () => {
    const lines = summary(inspection(), 'zh')
    expect(lines).toContain('大小 | 1.5 MB（离线包），2.0 MB（解压后），2 个文件')
    expect(lines).toContain('完整性 | green(全部文件与打包时一致)')
    expect(lines.slice(-2)).toEqual(['内容 | 文件 | 大小', '容器镜像 | 1 | 2.0 MB'])
  })

  it('has no packed size of a directory', () => {
    const { packedSize: _, ...directory } = inspection()
    expect(summary(directory)).toContain('size | 2.0 MB unpacked, 2 files')
  })

  it.each([
    ['valid', 'holds', '有效'],
    ['unchecked', 'there is one; --pubkey FILE checks it', '存在，可用 --pubkey 文件 校验'],
    ['none', 'none', '无'],
  ] as const)('says what the signature is worth: %s', (signature, english, chinese) => {
    expect(summary(inspection({ signature }))).toContain(`signature | ${english}`)
    expect(summary(inspection({ signature }), 'zh')).toContain(`签名 | ${chinese}`)
  })

  it('names what is damaged behind everything else', () => {
    const problem = new EdgeliftError('FILE_DAMAGED', 4, { what: { en: 'k is damaged', zh: 'k 已损坏' } })
    const lines = summary(inspection({ problems: [problem, problem] }))
    expect(lines).toContain('integrity | red(2 damaged)')
    expect(lines.slice(-2)).toEqual(['red(✗) k is damaged', 'red(✗) k is damaged'])
    expect(summary(inspection({ problems: [problem] }), 'zh').at(-1)).toBe('red(✗) k 已损坏')
  })

  it('lists placeholders, and images whose licence nobody states', () => {
    const contents = new Map([[PATHS.sbom as string, Buffer.from(JSON.stringify(SBOM))]])
    const lines = summary(inspection({ contents, manifest: { ...manifest, placeholders: ['k3s', 'keadm'] } }))
    expect(lines).toEqual(
      expect.arrayContaining([
        'placeholders | yellow(k3s)',
        'yellow(keadm)',
        'no licence stated | docker.io/library/busybox:1',
      ]),
    )
  })
})

describe('the reasons', () => {
  it('say who asks, when, and from where it came', () => {
    expect(whyText(why(manifest, 'busybox:1'), 'en').split('\n')).toEqual([
      'docker.io/library/busybox:1',
      '  from       docker.io/library/busybox:1@sha256:b',
      '  needed by  chart x (Pod y), with option mosquitto',
    ])
    expect(whyText(why(manifest, 'busybox:1'), 'zh')).toContain('  依赖方  chart x（Pod y），选项 mosquitto')
  })

  it('say that nothing requires it, and are set apart where there are several', () => {
    const [keadm] = why(manifest, 'keadm')
    if (keadm === undefined) throw new Error('the manifest has keadm')
    const { origin: _, ...bare } = keadm
    expect(whyText([keadm, bare], 'en')).toBe(
      'keadm\n  from       https://u/k.tgz (k/keadm)\n  nothing else requires it\n\nkeadm\n  nothing else requires it',
    )
    expect(whyText([bare], 'zh')).toBe('keadm\n  没有其他组件需要它')
  })
})

it('lists images with sizes, and who needs them', () => {
  const [header, row] = imagesText(manifest, 'en').split('\n')
  expect(header?.split(/ {2,}/)).toEqual(['image', 'size', 'digest', 'needed by'])
  expect(row).toMatch(/^docker\.io\/library\/busybox:1 +2\.0 MB {2}sha256:b +chart x \(Pod y\)$/)
  expect(imagesText(manifest, 'zh')).toMatch(/^镜像 +大小 +摘要 +依赖方\n/)
})

it('lists files with their mode, and where they come from', () => {
  const [header, ...rows] = filesText(manifest, 'en').split('\n')
  expect(header?.split(/ {2,}/)).toEqual(['mode', 'size', 'path', 'from'])
  expect(rows.map((row) => row.split(/ {2,}/))).toEqual([
    ['0644', '2.0 MB', 'images/busybox-1.tar', 'docker.io/library/busybox:1@sha256:b'],
    ['0755', '3 B', 'keadm', 'https://u/k.tgz (k/keadm)'],
  ])
  expect(filesText(manifest, 'zh')).toMatch(/^权限 +大小 +路径 +来源\n/)
})

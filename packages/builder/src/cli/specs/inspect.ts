import type { CommandSpec } from '@edgelift/core/cli'
import { PUBKEY } from './common.ts'

export function inspectSpec(): CommandSpec {
  return {
    usage: 'inspect <archive>',
    describe: {
      en: 'Show what is in an archive: sizes, origins, and what requires it',
      zh: '查看离线包内容、大小、来源以及依赖方',
    },
    positionals: {
      archive: {
        describe: {
          en: 'an archive, one of its parts, or an unpacked directory',
          zh: '离线包、其任一分卷或已解包的目录',
        },
      },
    },
    options: {
      images: { type: 'boolean', describe: { en: 'list the images', zh: '列出镜像' } },
      files: { type: 'boolean', describe: { en: 'list the files', zh: '列出文件' } },
      why: {
        type: 'string',
        value: 'NAME',
        describe: {
          en: 'show what requires an image, a path or a chart',
          zh: '查看某个镜像、路径或 chart 的依赖方',
        },
      },
      sbom: {
        type: 'string',
        choices: ['spdx', 'cyclonedx'],
        describe: {
          en: 'print the bill of materials: SPDX 2.3 or CycloneDX 1.6, JSON',
          zh: '输出软件物料清单：SPDX 2.3 或 CycloneDX 1.6，JSON 格式',
        },
      },
      report: {
        type: 'string',
        value: 'FILE.html',
        describe: {
          en: 'write an audit report: one page, self-contained',
          zh: '生成审计报告（单个独立网页）',
        },
      },
      against: {
        type: 'string',
        value: 'OLD',
        describe: {
          en: 'also show what changed since an earlier archive, directory or manifest.json',
          zh: '同时列出与旧离线包、目录或 manifest.json 的差异',
        },
      },
      pubkey: PUBKEY,
    },
    examples: [
      {
        line: 'edgelift inspect a.tar.gz --why eclipse-mosquitto',
        text: { en: 'why is it in the archive?', zh: '为什么包含它？' },
      },
      {
        line: 'edgelift inspect a.tar.gz --sbom spdx > a.spdx.json',
        text: { en: 'for a vulnerability scanner', zh: '供漏洞扫描工具使用' },
      },
      {
        line: 'edgelift inspect a.tar.gz --report audit.html --lang zh',
        text: { en: 'for the auditor', zh: '提供给审计人员' },
      },
    ],
    load: async () => (await import('../commands/inspect.ts')).inspectCommand,
  }
}

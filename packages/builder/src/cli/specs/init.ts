import type { CommandSpec } from '@edgelift/core/cli'
import { CI_SYSTEMS } from '../../init/ci/systems.ts'

export const INIT: CommandSpec = {
  usage: 'init [dir]',
  describe: {
    en: 'Write a commented release of your own, based on the shipped one, and a config file',
    zh: '生成带注释的自有发布清单（基于内置发布）和配置文件',
  },
  positionals: {
    dir: {
      describe: {
        en: 'folder for the files (default: this one); the release is named after it',
        zh: '文件所在目录（默认为当前目录）；发布以该目录命名',
      },
    },
  },
  options: {
    ci: {
      type: 'string',
      choices: CI_SYSTEMS,
      describe: {
        en: 'also write a CI file (lint, drift alarm, build, sign, verify, publish) and a .gitignore',
        zh: '另外生成 CI 文件（检查、漂移告警、构建、签名、校验、发布）与 .gitignore',
      },
    },
  },
  examples: [
    {
      line: 'edgelift init factory-line',
      text: {
        en: 'writes factory-line/factory-line.yaml and factory-line/edgelift.config.yaml',
        zh: '生成 factory-line/factory-line.yaml 和 factory-line/edgelift.config.yaml',
      },
    },
  ],
  epilogue: {
    en: 'Existing files are never overwritten. Comments are in the language of --lang.',
    zh: '不会覆盖已有文件。注释使用 --lang 指定的语言。',
  },
  load: async () => (await import('../commands/init.ts')).initCommand,
}

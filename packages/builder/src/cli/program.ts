import { EDGELIFT_VERSION } from '@edgelift/core'
import { completionSpec, manSpec, type ProgramSpec } from '@edgelift/core/cli'
import { buildSpec } from './specs/build.ts'
import { diffSpec } from './specs/diff.ts'
import { INIT } from './specs/init.ts'
import { inspectSpec } from './specs/inspect.ts'
import { keygenSpec } from './specs/keygen.ts'
import { lintSpec } from './specs/lint.ts'
import { lockSpec } from './specs/lock.ts'
import { storeSpec } from './specs/store.ts'
import { verifySpec } from './specs/verify.ts'
import { warningOfUnused } from './unused-options.ts'

/**
 * The command line of the builder.
 * @param home folder of the running program: the installer lies in it, `manifests/` beside or in it
 */
export function builderProgram(home: string): ProgramSpec {
  return {
    name: 'edgelift',
    version: EDGELIFT_VERSION,
    describe: {
      en: 'Offline bundles for K3s, KubeEdge and EdgeMesh: one archive per role and platform',
      zh: '离线安装 K3s、KubeEdge、EdgeMesh：每种角色和平台一个离线包',
    },
    resume: {
      en: 'run it again: completed work is kept, interrupted transfers resume',
      zh: '请重新运行：已完成的内容会保留，中断的传输会继续',
    },
    globals: {
      store: {
        type: 'string',
        value: 'DIR',
        describe: {
          en: 'the content store (EDGELIFT_STORE; default ~/.cache/edgelift)',
          zh: '内容存储目录（EDGELIFT_STORE；默认 ~/.cache/edgelift）',
        },
      },
      config: {
        type: 'string',
        value: 'FILE',
        describe: {
          en: 'mirrors, CA files, bandwidth (EDGELIFT_CONFIG; default ./edgelift.config.yaml)',
          zh: '镜像站、CA、带宽等配置（EDGELIFT_CONFIG；默认 ./edgelift.config.yaml）',
        },
      },
    },
    commands: [
      warningOfUnused(INIT, ['store', 'config']),
      warningOfUnused(lintSpec(home), ['store']),
      lockSpec(home),
      buildSpec(home),
      warningOfUnused(verifySpec(), ['store', 'config']),
      warningOfUnused(inspectSpec(), ['store', 'config']),
      warningOfUnused(diffSpec(), ['store', 'config']),
      warningOfUnused(storeSpec(home), ['config']),
      warningOfUnused(keygenSpec(), ['store', 'config']),
      completionSpec('edgelift', () => builderProgram(home)),
      manSpec('edgelift', () => builderProgram(home)),
    ],
    otherNames: {
      version: '--version',
      new: 'init',
      create: 'init',
      check: 'lint',
      validate: 'lint',
      pack: 'build',
      sign: 'build --sign',
      split: 'build --split',
      delta: 'build --since',
      show: 'inspect',
      list: 'inspect --files',
      why: 'inspect --why',
      sbom: 'inspect --sbom',
      report: 'inspect --report',
      prune: 'store prune',
      export: 'store export',
      import: 'store import',
    },
    examples: [
      {
        line: 'edgelift init factory-line',
        text: { en: 'start a release of your own', zh: '创建自有发布清单' },
      },
      {
        line: 'edgelift lock kubeedge-1.22.0',
        text: { en: 'pin everything by digest', zh: '按摘要锁定全部内容' },
      },
      {
        line: 'edgelift build kubeedge-1.22.0',
        text: { en: 'build four archives in dist/', zh: '在 dist/ 中生成四个离线包' },
      },
      {
        line: 'edgelift verify dist/*.tar.gz',
        text: { en: 'verify them without unpacking', zh: '不解包直接校验' },
      },
    ],
    epilogue: {
      en: 'Exit codes: 0 done, 1 failed, 2 usage, 4 integrity or signature, 5 interrupted (run it again).\nEvery command has its own --help.',
      zh: '退出码：0 完成，1 失败，2 用法错误，4 完整性或签名错误，5 中断（重新执行即可）。\n每个命令都有自己的 --help。',
    },
  }
}

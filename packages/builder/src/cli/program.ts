import { EDGELIFT_VERSION, type Text } from '@edgelift/core'
import { type CommandSpec, completionSpec, type OptionSpec, type ProgramSpec } from '@edgelift/core/cli'
import { INIT } from './init-spec.ts'

const RELEASE: Text = {
  en: 'a release file, or the name of one in manifests/',
  zh: '发布清单文件，或 manifests/ 中的名称',
}
const PUBKEY: OptionSpec = {
  type: 'string',
  value: 'FILE',
  describe: {
    en: 'minisign public key that must verify the signature',
    zh: '用于校验签名的 minisign 公钥',
  },
}

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
      INIT,
      lint(home),
      lock(home),
      build(home),
      verify(),
      inspect(),
      diff(),
      store(home),
      keygen(),
      completionSpec('edgelift', () => builderProgram(home)),
    ],
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
      zh: '退出码：0 成功，1 失败，2 用法错误，4 完整性或签名错误，5 被中断（可重新运行）。\n每个命令都有自己的 --help。',
    },
  }
}

function lint(home: string): CommandSpec {
  return {
    usage: 'lint <release>',
    describe: {
      en: 'Check a release without network: schema, versions, names, tags',
      zh: '不联网检查发布清单：格式、版本、名称、标签',
    },
    positionals: { release: { describe: RELEASE } },
    examples: [
      {
        line: 'edgelift lint my-release.yaml',
        text: { en: 'report every problem at once', zh: '一次列出全部问题' },
      },
    ],
    load: async () => (await import('./commands/lint.ts')).lintCommand(home),
  }
}

function lock(home: string): CommandSpec {
  return {
    usage: 'lock <release>',
    describe: {
      en: 'Pin every URL and image of a release by digest, through the closure and drift gates',
      zh: '将发布清单的所有 URL 和镜像锁定到摘要，并检查完整性与漂移',
    },
    positionals: { release: { describe: RELEASE } },
    options: {
      check: {
        type: 'boolean',
        describe: {
          en: 'write nothing; exit 1 with the differences when the lock is stale',
          zh: '不写文件；锁定文件过期时列出差异并以 1 退出',
        },
      },
    },
    examples: [
      {
        line: 'edgelift lock kubeedge-1.22.0',
        text: {
          en: 'writes manifests/kubeedge-1.22.0.lock.json',
          zh: '生成 manifests/kubeedge-1.22.0.lock.json',
        },
      },
      {
        line: 'edgelift lock kubeedge-1.22.0 --check',
        text: { en: 'drift alarm of a CI job', zh: 'CI 中的漂移告警' },
      },
    ],
    load: async () => (await import('./commands/lock.ts')).lockCommand(home),
  }
}

function build(home: string): CommandSpec {
  return {
    usage: 'build <release>',
    describe: {
      en: 'Build archives from the lock: the same lock gives the same bytes',
      zh: '依据锁定文件构建离线包：相同的锁定文件得到相同的字节',
    },
    positionals: { release: { describe: RELEASE } },
    options: {
      role: {
        type: 'string',
        value: 'cloud,edge',
        describe: { en: 'which roles (default: both)', zh: '角色（默认：全部）' },
      },
      platform: {
        type: 'string',
        value: 'linux/amd64,linux/arm64',
        describe: { en: 'which platforms (default: all of the release)', zh: '平台（默认：清单中的全部）' },
      },
      out: {
        type: 'string',
        value: 'DIR',
        describe: { en: 'where the archives go (default: dist)', zh: '离线包输出目录（默认：dist）' },
      },
      sign: {
        type: 'string',
        value: 'KEYFILE',
        describe: { en: 'sign with this minisign secret key', zh: '用该 minisign 私钥签名' },
      },
      offline: {
        type: 'boolean',
        describe: {
          en: 'use only the store; list everything that is missing',
          zh: '只使用存储；缺少的内容会全部列出',
        },
      },
      rehash: {
        type: 'boolean',
        describe: {
          en: 'hash existing archives even when they look untouched since the last build',
          zh: '即使离线包自上次构建后未被改动，也重新计算其哈希',
        },
      },
      since: {
        type: 'string',
        value: 'OLD',
        describe: {
          en: 'also write deltas against an older archive, its manifest.json, or a .lock.json',
          zh: '另外生成相对旧离线包、其 manifest.json 或 .lock.json 的增量包',
        },
      },
      'only-delta': {
        type: 'boolean',
        describe: { en: 'keep only the deltas (with --since)', zh: '只保留增量包（与 --since 同用）' },
      },
      split: {
        type: 'string',
        value: '4GB',
        describe: {
          en: 'also write each archive in parts of at most this size, for FAT32 and small media',
          zh: '另外将每个离线包写成不超过该大小的分卷，用于 FAT32 或小容量介质',
        },
      },
    },
    examples: [
      {
        line: 'edgelift build kubeedge-1.22.0 --sign edgelift.key',
        text: { en: 'build and sign all archives', zh: '全部离线包并签名' },
      },
      {
        line: 'edgelift build kubeedge-1.22.0 --role edge --platform linux/arm64',
        text: { en: 'build one archive', zh: '只构建其中一个' },
      },
      {
        line: 'edgelift build kubeedge-1.22.0 --split 4GB',
        text: { en: 'for a FAT32 disk', zh: '用于 FAT32 磁盘' },
      },
    ],
    epilogue: {
      en: 'Beside each archive: <archive>.sha256, and with --sign <archive>.minisig. An existing archive that was built\nfrom the same inputs is kept, after hashing it unless its inode and times are those of that build.',
      zh: '每个离线包旁会生成 <离线包>.sha256，使用 --sign 时还有 <离线包>.minisig。\n若离线包已存在且输入完全相同，则予以保留；inode 或时间与构建时不同的，先校验哈希。',
    },
    load: async () => (await import('./commands/build.ts')).buildCommand(home),
  }
}

function verify(): CommandSpec {
  return {
    usage: 'verify <archive..>',
    describe: {
      en: 'Verify archives without unpacking them, or unpacked directories',
      zh: '校验离线包（无需解包）或已解包的目录',
    },
    positionals: {
      archive: {
        describe: { en: 'archives, their parts, or directories', zh: '离线包、分卷或目录' },
      },
    },
    options: { pubkey: PUBKEY },
    examples: [
      {
        line: 'edgelift verify dist/*.tar.gz --pubkey edgelift.key.pub',
        text: { en: 'check content and signature', zh: '内容与签名' },
      },
    ],
    epilogue: {
      en: 'Without edgelift: sha256sum -c SHA256SUMS in the unpacked directory, minisign -V -p KEY.pub -m SHA256SUMS.',
      zh: '不使用 edgelift 时：在解包目录中运行 sha256sum -c SHA256SUMS，以及 minisign -V -p KEY.pub -m SHA256SUMS。',
    },
    load: async () => (await import('./commands/verify.ts')).verifyCommand,
  }
}

function inspect(): CommandSpec {
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
        value: 'spdx|cyclonedx',
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
    load: async () => (await import('./commands/inspect.ts')).inspectCommand,
  }
}

function diff(): CommandSpec {
  const side = {
    en: 'an archive, an unpacked directory, a manifest.json or a .lock.json',
    zh: '离线包、已解包的目录、manifest.json 或 .lock.json',
  }
  return {
    usage: 'diff <from> <to>',
    describe: {
      en: 'Show what changed between two archives, directories or locks',
      zh: '比较两个离线包、目录或锁定文件的差异',
    },
    positionals: { from: { describe: side }, to: { describe: side } },
    options: {
      'exit-code': {
        type: 'boolean',
        describe: { en: 'exit 1 when they differ', zh: '有差异时以 1 退出' },
      },
      report: {
        type: 'string',
        value: 'FILE.html',
        describe: { en: 'write the differences as a web page', zh: '将差异写成网页' },
      },
    },
    examples: [
      {
        line: 'edgelift diff old.tar.gz new.tar.gz',
        text: { en: 'compare before an upgrade', zh: '升级前查看' },
      },
    ],
    load: async () => (await import('./commands/diff.ts')).diffCommand,
  }
}

function store(home: string): CommandSpec {
  return {
    usage: 'store <action> [file]',
    describe: {
      en: 'List, prune, verify, export or import the content store',
      zh: '列出、清理、校验、导出或导入内容存储',
    },
    positionals: {
      action: {
        describe: { en: 'what to do', zh: '操作' },
        choices: ['ls', 'prune', 'verify', 'export', 'import'],
      },
      file: {
        describe: {
          en: 'export, import: the file that is moved across the air gap',
          zh: 'export、import：拷入隔离网络的文件',
        },
      },
    },
    options: {
      release: {
        type: 'array',
        value: 'RELEASE',
        describe: {
          en: 'export: only what build --offline of these releases reads (default: everything)',
          zh: 'export：只导出这些发布清单离线构建所需的内容（默认：全部）',
        },
      },
      'older-than': {
        type: 'string',
        value: '30d',
        describe: {
          en: 'prune: only what was not used for this long',
          zh: 'prune：只清理超过该时长未使用的内容',
        },
      },
      keep: {
        type: 'array',
        value: 'RELEASE',
        describe: {
          en: 'prune: keep what the locks of these releases name',
          zh: 'prune：保留这些发布的锁定文件所含内容',
        },
      },
      'dry-run': {
        type: 'boolean',
        describe: { en: 'prune: only show what would be removed', zh: 'prune：只显示，不删除' },
      },
    },
    examples: [
      {
        line: 'edgelift store prune --older-than 30d --keep kubeedge-1.22.0',
        text: { en: 'free some space', zh: '释放空间' },
      },
      {
        line: 'edgelift store verify',
        text: { en: 'check everything, remove what is damaged', zh: '校验全部内容并删除损坏部分' },
      },
      {
        line: 'edgelift store export store.tar --release kubeedge-1.22.0',
        text: { en: 'for a builder without internet access', zh: '用于不能访问外网的构建机' },
      },
      {
        line: 'edgelift store import store.tar',
        text: {
          en: 'on that builder; then build --offline',
          zh: '在该构建机上导入，然后执行 build --offline',
        },
      },
    ],
    load: async () => (await import('./commands/store.ts')).storeCommand(home),
  }
}

function keygen(): CommandSpec {
  return {
    usage: 'keygen <file>',
    describe: {
      en: 'Create a minisign-compatible key pair: FILE (secret) and FILE.pub',
      zh: '生成 minisign 兼容的密钥对：FILE（私钥）和 FILE.pub',
    },
    positionals: {
      file: { describe: { en: 'the secret key’s file; never overwritten', zh: '私钥文件；不会覆盖' } },
    },
    examples: [
      {
        line: 'edgelift keygen release.key',
        text: { en: 'create release.key and release.key.pub', zh: '生成私钥与公钥' },
      },
    ],
    epilogue: {
      en: 'The secret key has no password (like minisign -G -W): keep it as a CI secret, mode 0600.',
      zh: '私钥没有密码（同 minisign -G -W）：请作为 CI 机密保管，权限 0600。',
    },
    load: async () => (await import('./commands/keygen.ts')).keygenCommand,
  }
}

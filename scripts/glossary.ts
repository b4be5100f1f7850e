import type { Lang, Text } from '@edgelift/core'

interface Term {
  readonly word: Text
  readonly meaning: Text
  /** What texts do not write in its place: `test/support/words.test.ts` holds them to it. */
  readonly not?: { readonly en?: readonly string[]; readonly zh?: readonly string[] }
}

export const TERMS: readonly Term[] = [
  {
    word: { en: 'release', zh: '发布清单' },
    meaning: {
      en: 'a YAML file in `manifests/`: what goes into the archives',
      zh: '`manifests/` 中的 YAML 文件，说明离线包包含什么',
    },
  },
  {
    word: { en: 'lock', zh: '锁定文件' },
    meaning: { en: 'what a release means today, by digest', zh: '发布清单在当下的确切含义，全部用摘要表示' },
    not: { zh: ['锁文件', '封印'] },
  },
  {
    word: { en: 'builder', zh: '构建程序' },
    meaning: {
      en: 'the program `edgelift` that makes archives where there is internet',
      zh: '在可以上网的机器上生成离线包的程序 `edgelift`',
    },
    not: { zh: ['构建器'] },
  },
  {
    word: { en: 'installer', zh: '安装程序' },
    meaning: {
      en: 'the program in every archive: `./install.sh`, `./cleanup.sh`, `./edgelift`',
      zh: '每个离线包中的程序：`./install.sh`、`./cleanup.sh`、`./edgelift`',
    },
    not: { zh: ['安装器'] },
  },
  {
    word: { en: 'archive', zh: '离线包' },
    meaning: { en: 'a `.tar.gz` for one role and platform', zh: '一种角色、一种平台的 `.tar.gz`' },
    not: { zh: ['归档', '安装包'] },
  },
  {
    word: { en: 'delta', zh: '增量包' },
    meaning: { en: 'what an archive adds to an older one', zh: '相对旧离线包新增的内容' },
  },
  {
    word: { en: 'part', zh: '分卷' },
    meaning: {
      en: 'one of the files that an archive is split into (`--split`)',
      zh: '离线包拆分成的文件之一（`--split`）',
    },
  },
  {
    word: { en: 'role', zh: '角色' },
    meaning: { en: '`cloud` or `edge`', zh: '`cloud` 或 `edge`' },
  },
  {
    word: { en: 'platform', zh: '平台' },
    meaning: { en: '`linux/amd64`, `linux/arm64`', zh: '`linux/amd64`、`linux/arm64`' },
  },
  {
    word: { en: 'store', zh: '内容存储' },
    meaning: {
      en: 'the content-addressed folder that all builds share',
      zh: '按内容寻址的目录，所有构建共用',
    },
    not: { zh: ['内容仓库'] },
  },
  {
    word: { en: 'requirement, requirer', zh: '依赖、依赖方' },
    meaning: {
      en: 'what something in an archive needs, and what needs it ("required by chart cloudcore")',
      zh: '离线包中某项内容所需要的东西，以及需要它的一方（“chart cloudcore 需要”）',
    },
    not: { en: ['asker'], zh: ['需求方', '请求方'] },
  },
  {
    word: { en: 'closure gate', zh: '完整性检查' },
    meaning: {
      en: 'refuses a lock in which a requirement is not in the archive',
      zh: '依赖不在离线包中时拒绝生成锁定文件',
    },
    not: { zh: ['过闸'] },
  },
  {
    word: { en: 'drift gate', zh: '漂移检查' },
    meaning: {
      en: 'refuses what upstream does not publish, or lists otherwise',
      zh: '拒绝上游没有发布、或与上游列表不一致的内容',
    },
  },
  {
    word: { en: 'placeholder', zh: '占位文件' },
    meaning: { en: 'content that only says what it stands for', zh: '仅说明自己代表什么的内容' },
    not: { en: ['stand-in', 'stand-ins'], zh: ['替身', '替代内容'] },
  },
  {
    word: { en: 'double', zh: '替代程序' },
    meaning: {
      en: "a test's program that behaves like the real one where an installer can notice",
      zh: '测试所用的程序，在安装程序能察觉之处与真实程序行为一致',
    },
  },
  {
    word: { en: 'setting', zh: '安装参数' },
    meaning: {
      en: 'a value of one installation (`install.yaml`, flags, environment)',
      zh: '一次安装的取值（`install.yaml`、命令行参数、环境变量）',
    },
    not: { en: ['answers file'], zh: ['答案'] },
  },
  {
    word: { en: 'facts', zh: '本机信息' },
    meaning: { en: 'what is read of a host before anything is done', zh: '执行任何操作之前从主机读取的信息' },
  },
  {
    word: { en: 'finding', zh: '预检结果' },
    meaning: {
      en: 'what preflight reports: error, warning or note, with its fix',
      zh: '预检报告的内容：错误、警告或说明，附处理方法',
    },
  },
  {
    word: { en: 'fix', zh: '处理' },
    meaning: {
      en: 'how to solve what an error, finding or diagnosis reports',
      zh: '错误、预检结果或诊断的解决方法',
    },
  },
  {
    word: { en: 'inspection', zh: '检查' },
    meaning: {
      en: 'everything that is asked of a machine, its cluster and its cloud before an installation',
      zh: '安装之前对本机、集群与云端的全部查询',
    },
  },
  {
    word: { en: 'plan', zh: '安装计划' },
    meaning: { en: 'the steps of an installation as data', zh: '以数据表示的安装步骤' },
  },
  {
    word: { en: 'step', zh: '步骤' },
    meaning: { en: 'one part of an installation: check, apply', zh: '安装的一个部分：检查、执行' },
  },
  {
    word: { en: 'change', zh: '改动' },
    meaning: {
      en: 'what a step does to the host or a cluster, recorded before it is done, with what undoing it needs',
      zh: '步骤对主机或集群的改动，执行前先记录，并附撤销所需的信息',
    },
  },
  {
    word: { en: 'baseline', zh: '初始状态' },
    meaning: {
      en: 'what a host had before the first step: kernel settings, networks, containers, mounts',
      zh: '第一个步骤之前主机的状态：内核参数、网络、容器、挂载',
    },
  },
  {
    word: { en: 'journal', zh: '操作记录' },
    meaning: { en: 'what was done, line by line', zh: '逐行记录所做的操作' },
    not: { zh: ['安装日志'] },
  },
  {
    word: { en: 'receipt', zh: '安装回执' },
    meaning: {
      en: 'what is installed, and step by step what was changed for it; an uninstall replays it backwards',
      zh: '已安装的内容，以及每个步骤所做的改动；卸载时按相反顺序逐条撤销',
    },
  },
  {
    word: { en: 'marker', zh: '标记' },
    meaning: {
      en: 'work that is still to be done, remembered over a power loss',
      zh: '尚待完成的工作，断电后仍会保留',
    },
  },
  {
    word: { en: 'join token', zh: '接入令牌' },
    meaning: { en: 'what an edge proves itself with when it joins', zh: '边缘节点接入时用来证明身份' },
    not: { zh: ['加入令牌'] },
  },
  {
    word: { en: 'join file', zh: '接入文件' },
    meaning: {
      en: "`edge-join.yaml`: the cloud's address and a join token",
      zh: '`edge-join.yaml`：云端地址与接入令牌',
    },
    not: { zh: ['加入文件'] },
  },
  {
    word: { en: 'existing cluster', zh: '已有集群' },
    meaning: { en: 'a cluster that edgelift did not install', zh: '不是由 edgelift 安装的集群' },
    not: { en: ['foreign cluster', 'a cluster that is there'] },
  },
  {
    word: { en: 'existing containerd', zh: '已有 containerd' },
    meaning: { en: 'a containerd that edgelift did not install', zh: '不是由 edgelift 安装的 containerd' },
    not: { en: ["host's own containerd"] },
  },
  {
    word: { en: 'support bundle', zh: '诊断包' },
    meaning: {
      en: 'what `doctor --bundle` collects, without secrets',
      zh: '`doctor --bundle` 收集的内容，不含机密',
    },
    not: { zh: ['支持包'] },
  },
  {
    word: { en: 'air gap', zh: '隔离网络' },
    meaning: { en: 'no network between the builder and the nodes', zh: '构建机与节点之间没有网络' },
    not: { en: ['across the gap'], zh: ['带过隔离区'] },
  },
  {
    word: { en: 'recreate, reissue, rebuild', zh: '重建、重新签发' },
    meaning: { en: 'once more from the start', zh: '从头再做一次' },
    not: { en: ['anew'] },
  },
  {
    word: { en: 'respond', zh: '响应' },
    meaning: { en: 'of a server: to send a response', zh: '服务端返回响应' },
    not: { zh: ['应答'] },
  },
  {
    word: { en: 'expired', zh: '已过期' },
    meaning: { en: 'of a token or certificate', zh: '指令牌或证书' },
    not: { en: ['has run out'] },
  },
  {
    word: { en: 'resume', zh: '续传' },
    meaning: { en: 'to continue an interrupted download', zh: '继续中断的下载' },
    not: { en: ['go on by range'], zh: ['按范围续传'] },
  },
  {
    word: { en: 'not touched', zh: '不会改动' },
    meaning: { en: 'left as it is', zh: '保持原样' },
    not: { zh: ['触碰'] },
  },
  {
    word: { en: 'garbage collection', zh: '垃圾回收' },
    meaning: { en: 'of images: the kubelet deletes unused ones', zh: '指镜像：kubelet 删除未使用的镜像' },
    not: { zh: ['镜像回收'] },
  },
  {
    word: { en: 'stream certificate', zh: 'stream 证书' },
    meaning: {
      en: "CloudStream's, for `kubectl logs` and `exec`",
      zh: 'CloudStream 的证书，用于 `kubectl logs` 与 `exec`',
    },
    not: { zh: ['流证书'] },
  },
  {
    word: { en: 'over a secure channel', zh: '通过安全的方式' },
    meaning: { en: 'such as `scp`', zh: '例如 `scp`' },
    not: { en: ['by a safe way'] },
  },
  {
    word: { en: 'PID', zh: 'PID' },
    meaning: { en: 'of a process', zh: '进程的编号' },
    not: { en: ['process number'], zh: ['进程号'] },
  },
]

const WORDS = {
  en: {
    title: '# Glossary',
    note: 'One word for one thing, in code, on the command line, in messages and in these pages. Words of the OCI specifications,\nKubernetes and KubeEdge mean what they mean there. A test holds texts to the last two columns: what they list is not\nwritten. Made from `scripts/glossary.ts` by `pnpm generate`.',
    head: ['word', '中文', 'meaning', 'not', '不写'],
  },
  zh: {
    title: '# 术语',
    note: '代码、命令行、提示信息和文档中，一个事物只用一个词。OCI 规范、Kubernetes 与 KubeEdge 的术语沿用其原义。最后两列中的词不使用，由测试保证。\n由 `pnpm generate` 根据 `scripts/glossary.ts` 生成。',
    head: ['中文', 'English', '含义', '不写', 'not'],
  },
} as const

export function glossaryPage(lang: Lang): string {
  const { title, note, head } = WORDS[lang]
  const other = lang === 'en' ? 'zh' : 'en'
  const rows = TERMS.map(({ word, meaning, not }) => {
    const without = (language: Lang): string => (not?.[language] ?? []).join(language === 'zh' ? '、' : ', ')
    return [word[lang], word[other], meaning[lang], without(lang), without(other)]
  })
  const table = [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`)
  return `${title}\n\n${note}\n\n${table.join('\n')}\n`
}

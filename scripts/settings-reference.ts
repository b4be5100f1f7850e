import {
  CHART_SETTINGS,
  FACTS,
  flagOf,
  SETTINGS,
  type Setting,
  variableOf,
} from '../packages/bundle/src/index.ts'
import type { Lang, Text } from '../packages/core/src/text.ts'

/** `settings.md` of the handbook: every setting of an installation, and what charts and conditions may use. */
export function settingsReference(lang: Lang): string {
  const settings = SETTINGS.map(rowOf(lang))
  const charts = Object.entries(CHART_SETTINGS).map(
    ([name, { describe }]) => `| \`${name}\` | ${describe[lang]} |`,
  )
  const facts = Object.entries(FACTS).map(([name, text]) => `| \`${name}\` | ${text[lang]} |`)
  return [
    TITLE[lang],
    table(HEAD[lang], settings),
    CHARTS[lang],
    table(CHART_HEAD[lang], charts),
    FACTS_TITLE[lang],
    table(CHART_HEAD[lang], facts),
  ].join('\n')
}

function rowOf(lang: Lang): (setting: Setting) => string {
  return ({ name, roles, value, describe, default: fallback, required }) => {
    const without = required ? REQUIRED[lang] : (fallback?.[lang] ?? '')
    const flag = `--${flagOf(name)} ${value.replaceAll('|', '\\|')}`
    return `| \`${name}\` | ${roles.join(', ')} | \`${flag}\` | \`${variableOf(name)}\` | ${describe[lang]} | ${without} |`
  }
}

function table(head: string, rows: readonly string[]): string {
  const columns = head.split('|').length - 2
  return `${head}\n|${' --- |'.repeat(columns)}\n${rows.join('\n')}\n`
}

const REQUIRED: Text = { en: 'required', zh: '必填' }
const HEAD: Text = {
  en: '| `install.yaml` | role | flag | environment | meaning | default |',
  zh: '| `install.yaml` | 角色 | 命令行 | 环境变量 | 含义 | 默认值 |',
}
const CHART_HEAD: Text = { en: '| name | meaning |', zh: '| 名称 | 含义 |' }
const TITLE: Text = {
  en: `# Settings of an installation

Generated from \`packages/bundle/src/settings\`. Precedence: flag, environment, the file of \`--config\`, the archive's
\`install.yaml\`, the previous installation on this machine, the default. \`install-cloud.schema.json\` and
\`install-edge.schema.json\` in \`manifests/\` are the JSON Schemas of the file.
`,
  zh: `# 安装参数

由 \`packages/bundle/src/settings\` 生成。优先级：命令行 > 环境变量 > \`--config\` 指定的文件 > 离线包中的 \`install.yaml\` >
上次安装的参数 > 默认值。\`manifests/\` 中的 \`install-cloud.schema.json\` 和 \`install-edge.schema.json\` 是该文件的 JSON Schema。
`,
}
const CHARTS: Text = {
  en: `## Settings for charts

A chart's values in a release name them with \`{ $setting: NAME }\`; the cloud installation fills them in.
`,
  zh: `## 供 chart 使用的参数

发布清单中 chart 的 values 用 \`{ $setting: 名称 }\` 引用，由云端安装程序填入。
`,
}
const FACTS_TITLE: Text = {
  en: `## Facts for conditions

A condition \`when: { fact: NAME }\` holds when the installer finds it on the host.
`,
  zh: `## 供条件使用的本机信息

安装程序在本机检测到时，条件 \`when: { fact: 名称 }\` 成立。
`,
}

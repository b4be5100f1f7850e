import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { builderProgram } from '../packages/builder/src/cli/program.ts'
import { ciFile } from '../packages/builder/src/init/ci/index.ts'
import type { CiSystem } from '../packages/builder/src/init/ci/systems.ts'
import { editorJsonSchema } from '../packages/builder/src/release/json-schema.ts'
import { settingsJsonSchema } from '../packages/bundle/src/index.ts'
import { manPage } from '../packages/core/src/cli/index.ts'
import { commandReference } from './command-reference.ts'
import { errorCodeUnion, errorTable } from './error-table.ts'
import { glossaryPage } from './glossary.ts'
import { layersConfig } from './layers.ts'
import { reliabilityPage } from './reliability.ts'
import { settingsReference } from './settings-reference.ts'

/** A committed file that is made from the code. */
interface Generator {
  /** Relative to the repository's root. */
  readonly file: string
  readonly make: () => string | Promise<string>
}

const root = path.dirname(import.meta.dirname)

const ci = (system: CiSystem): string => ciFile(system, 'my-release.yaml', 'en').text

const GENERATORS: readonly Generator[] = [
  { file: 'contrib/gitlab/.gitlab-ci.yml', make: () => ci('gitlab') },
  { file: 'contrib/github/edgelift.yml', make: () => ci('github') },
  { file: 'contrib/jenkins/Jenkinsfile', make: () => ci('jenkins') },
  {
    file: 'manifests/release.schema.json',
    make: () => jsonFile(editorJsonSchema()),
  },
  { file: 'biome.layers.json', make: layersConfig },
  { file: 'packages/core/src/error-code.ts', make: errorCodeUnion },
  { file: 'docs/en/errors.md', make: () => errorTable(root, 'en') },
  { file: 'docs/zh-CN/errors.md', make: () => errorTable(root, 'zh') },
  { file: 'docs/en/settings.md', make: () => settingsReference('en') },
  { file: 'docs/zh-CN/settings.md', make: () => settingsReference('zh') },
  { file: 'manifests/install-cloud.schema.json', make: () => jsonFile(settingsJsonSchema('cloud')) },
  { file: 'manifests/install-edge.schema.json', make: () => jsonFile(settingsJsonSchema('edge')) },
  { file: 'docs/en/reliability.md', make: () => reliabilityPage(root, 'en') },
  { file: 'docs/zh-CN/reliability.md', make: () => reliabilityPage(root, 'zh') },
  { file: 'docs/man/edgelift.1', make: () => manPage(builderProgram('.'), 'en') },
  { file: 'docs/man/zh_CN/edgelift.1', make: () => manPage(builderProgram('.'), 'zh') },
  { file: 'docs/en/commands.md', make: () => commandReference('en') },
  { file: 'docs/zh-CN/commands.md', make: () => commandReference('zh') },
  { file: 'docs/en/glossary.md', make: () => glossaryPage('en') },
  { file: 'docs/zh-CN/glossary.md', make: () => glossaryPage('zh') },
]

function jsonFile(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`
}

const isCheck = process.argv.includes('--check')
const stale: string[] = []
for (const { file, make } of GENERATORS) {
  const target = path.join(root, file)
  const content = await make()
  const before = await readFile(target, 'utf8').catch(() => undefined)
  if (before === content) continue
  stale.push(file)
  if (!isCheck) await writeFile(target, content)
}

if (isCheck && stale.length > 0) {
  console.error(`stale: ${stale.join(', ')}\nwrite them with: pnpm generate`)
  process.exitCode = 1
} else {
  for (const file of stale) console.log(`wrote ${file}`)
}

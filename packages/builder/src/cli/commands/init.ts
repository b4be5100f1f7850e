import path from 'node:path'
import { type Lang, shellWord, type Text } from '@edgelift/core'
import { type CommandHandler, usageError } from '@edgelift/core/cli'
import { ciFile } from '../../init/ci/index.ts'
import type { CiSystem } from '../../init/ci/systems.ts'
import { configFile } from '../../init/config-file.ts'
import { createFiles, type NewFile } from '../../init/create-files.ts'
import { gitIgnoreFile, IGNORED } from '../../init/git-ignore.ts'
import { releaseFile, SHIPPED_RELEASE } from '../../init/release-file.ts'
import { InitArguments, parseArguments } from '../arguments.ts'
import { type Invocation, typedAs } from '../typed-as.ts'

/** Writes `NAME.yaml` and `edgelift.config.yaml` into a folder of that name, and for CI its file and a `.gitignore`. */
export const initCommand: CommandHandler = async (args, { env, lang }) => {
  const { dir, ci } = parseArguments(InitArguments, args)
  if (/\.ya?ml$/i.test(dir)) {
    throw usageError(
      { en: `${dir} looks like a file`, zh: `${dir} 像是文件名` },
      { en: 'give a folder: its name becomes the name of the release', zh: '请给出目录：发布以该目录命名' },
    )
  }
  const name = releaseName(path.basename(path.resolve(dir)))
  const release = path.join(dir, `${name}.yaml`)
  const config = path.join(dir, 'edgelift.config.yaml')
  const jobs = ci === undefined ? [] : [ciFileIn(dir, ci, { name, lang })]
  const gitIgnore = { file: path.join(dir, '.gitignore'), text: gitIgnoreFile(lang), yields: true }
  const ignore = ci === undefined ? [] : [gitIgnore]
  const made = await createFiles([
    { file: release, text: releaseFile(name, lang) },
    { file: config, text: configFile(lang) },
    ...jobs,
    ...ignore,
  ])
  const next = nextCommands(dir, name, { env, program: process.argv[1] })
  return {
    document: { name, release, config, files: made, extends: SHIPPED_RELEASE, next },
    text: (language) => {
      const zh = language === 'zh'
      return [
        zh
          ? `${release}：发布清单，基于 ${SHIPPED_RELEASE}`
          : `${release}: your release, based on ${SHIPPED_RELEASE}`,
        zh ? `${config}：镜像站、CA 与带宽` : `${config}: mirrors, CA files, bandwidth`,
        ...jobs.map(({ file }) => (zh ? `${file}：CI 文件` : `${file}: CI file`)),
        ...ignore.map(({ file }) => ignoreLine(file, made.includes(file))[language]),
        zh ? '接下来：' : 'Next:',
        ...next.map((line) => `  ${line}`),
      ].join('\n')
    },
  }
}

function ignoreLine(file: string, isOurs: boolean): Text {
  return isOurs
    ? { en: `${file}: keeps the secret key out of git`, zh: `${file}：避免将私钥提交到 git` }
    : {
        en: `${file} is yours: have it name ${IGNORED.join(' ')}`,
        zh: `${file} 已存在，请自行加入：${IGNORED.join(' ')}`,
      }
}

function ciFileIn(dir: string, ci: CiSystem, { name, lang }: { name: string; lang: Lang }): NewFile {
  const { path: file, text } = ciFile(ci, `${name}.yaml`, lang)
  return { file: path.join(dir, file), text }
}

/**
 * @param folder the last part of the folder's path, in any script
 * @throws USAGE when the release would extend itself
 */
function releaseName(folder: string): string {
  const name = folder
    .toLowerCase()
    .replace(/[^a-z0-9.-]+/g, '-')
    .replace(/^[.-]+|[.-]+$/g, '')
  if (name !== SHIPPED_RELEASE) return name === '' ? 'my-release' : name
  throw usageError(
    { en: `${name} is the name of the shipped release`, zh: `${name} 是内置发布的名称` },
    { en: 'choose another name for your own', zh: '请为自有发布另取名称' },
  )
}

function nextCommands(dir: string, name: string, invocation: Invocation): string[] {
  const edgelift = typedAs(invocation)
  return [
    ...(path.resolve(dir) === process.cwd() ? [] : [`cd ${shellWord(dir)}`]),
    ...['lint', 'lock', 'build'].map((command) => `${edgelift} ${command} ${name}.yaml`),
  ]
}

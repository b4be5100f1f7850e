import path from 'node:path'
import {
  EdgeliftError,
  fileErrorWords,
  isErrno,
  readKubernetesYaml,
  readRegular,
  type Text,
  YamlError,
  yamlErrorWords,
} from '@edgelift/core'
import { z } from 'zod'
import { type Host, onHost } from '../node/host.ts'

/** Why kubectl cannot reach any cluster with a kubeconfig, and how to fix it. */
export interface KubeconfigFault {
  readonly seen: Text
  readonly fix: Text
}

const text = z.string().nullish()
const Kubeconfig = z.object({
  'current-context': text,
  contexts: named('context', z.object({ cluster: text, user: text })),
  clusters: named('cluster', z.object({ 'certificate-authority': text, 'certificate-authority-data': text })),
  users: named(
    'user',
    z.object({
      'client-certificate': text,
      'client-certificate-data': text,
      'client-key': text,
      'client-key-data': text,
      tokenFile: text,
    }),
  ),
})
type Kubeconfig = z.infer<typeof Kubeconfig>

/** A section of a kubeconfig: `[{ name, <key>: … }]`, which kubectl writes as `null` when it is empty. */
function named<K extends string, T extends z.ZodType>(key: K, content: T) {
  const entry = z.object({ name: z.string(), [key]: content.nullish() } as {
    name: z.ZodString
  } & Record<K, z.ZodOptional<z.ZodNullable<T>>>)
  return z.array(entry).nullish()
}

/** What is wrong with a kubeconfig, as far as files tell; undefined when nothing is. Asks no cluster. @param file absolute */
export async function kubeconfigFault(host: Host, file: string): Promise<KubeconfigFault | undefined> {
  const read = await textOf(host, file)
  if (typeof read !== 'string') {
    if (read.isMissing) return { seen: { en: `${file} does not exist`, zh: `${file} 不存在` }, fix: NAME_IT }
    return {
      seen: { en: `cannot read ${file}: ${read.why.en}`, zh: `无法读取 ${file}：${read.why.zh}` },
      fix: NAME_IT,
    }
  }
  if (read.trim() === '') return { seen: { en: `${file} is empty`, zh: `${file} 为空` }, fix: WRITE_AGAIN }
  const config = parsed(file, read)
  return 'seen' in config ? config : contextFault(host, file, config)
}

interface Unread {
  readonly isMissing: boolean
  readonly why: Text
}

async function textOf(host: Host, file: string): Promise<string | Unread> {
  try {
    return (await readRegular(onHost(host, file))).toString('utf8')
  } catch (error) {
    if (error instanceof EdgeliftError) return { isMissing: false, why: error.because ?? error.what }
    return { isMissing: isErrno(error, 'ENOENT'), why: fileErrorWords(error) }
  }
}

function parsed(file: string, content: string): Kubeconfig | KubeconfigFault {
  try {
    const found = Kubeconfig.safeParse(readKubernetesYaml(content)[0])
    if (found.success) return found.data
    return { seen: { en: `${file} is not a kubeconfig`, zh: `${file} 不是 kubeconfig` }, fix: NAME_IT }
  } catch (error) {
    if (!(error instanceof YamlError)) throw error
    const { en, zh } = yamlErrorWords(error)
    return { seen: { en: `${file} is not YAML: ${en}`, zh: `${file} 不是 YAML：${zh}` }, fix: WRITE_AGAIN }
  }
}

async function contextFault(
  host: Host,
  file: string,
  config: Kubeconfig,
): Promise<KubeconfigFault | undefined> {
  const current = config['current-context'] ?? ''
  const contexts = config.contexts ?? []
  const context = contexts.find(({ name }) => name === current)?.context
  if (!context) {
    const seen =
      current === ''
        ? { en: `${file} has no current-context`, zh: `${file} 未设置 current-context` }
        : {
            en: `${file} does not define its current-context ${current}`,
            zh: `${file} 未定义其 current-context ${current}`,
          }
    return { seen, fix: chooseContext(file, contexts) }
  }
  const cluster = config.clusters?.find(({ name }) => name === context.cluster)?.cluster
  const user = config.users?.find(({ name }) => name === context.user)?.user
  const undefinedName = !cluster
    ? `cluster ${context.cluster ?? ''}`
    : !user
      ? `user ${context.user ?? ''}`
      : ''
  if (undefinedName !== '')
    return {
      seen: {
        en: `${file} does not define the ${undefinedName.trim()} of its context ${current}`,
        zh: `${file} 未定义其 context ${current} 所用的 ${undefinedName.trim()}`,
      },
      fix: WRITE_AGAIN,
    }
  for (const named of namedFiles({ ...cluster, ...user })) {
    const read = await textOf(host, path.resolve(path.dirname(file), named))
    if (typeof read !== 'string')
      return {
        seen: {
          en: `${file} points to ${named}, which cannot be read: ${read.why.en}`,
          zh: `${file} 引用的 ${named} 无法读取：${read.why.zh}`,
        },
        fix: {
          en: `put the file there, or name a kubeconfig that holds its certificates: kubectl config view --raw --minify --flatten writes one`,
          zh: `请将该文件放到该位置，或使用内嵌证书的 kubeconfig（可用 kubectl config view --raw --minify --flatten 生成）`,
        },
      }
  }
  return undefined
}

type NamedFiles = NonNullable<NonNullable<Kubeconfig['clusters']>[number]['cluster']> &
  NonNullable<NonNullable<Kubeconfig['users']>[number]['user']>

/** The files that kubectl reads besides, as they are named: relative to the kubeconfig. Data beside a file stands in for it. */
function namedFiles(found: NamedFiles): string[] {
  const pairs = [
    [found['certificate-authority'], found['certificate-authority-data']],
    [found['client-certificate'], found['client-certificate-data']],
    [found['client-key'], found['client-key-data']],
    [found.tokenFile, undefined],
  ]
  return pairs.flatMap(([file, data]) => (file && !data ? [file] : []))
}

function chooseContext(file: string, contexts: readonly { readonly name: string }[]): Text {
  if (contexts.length === 0) return WRITE_AGAIN
  const command = `kubectl --kubeconfig ${file} config use-context NAME`
  const names = contexts.map(({ name }) => name)
  return {
    en: `set it with: ${command} (contexts in the file: ${names.join(', ')})`,
    zh: `请执行 ${command} 设置（文件中的 context：${names.join('、')}）`,
  }
}

const NAME_IT: Text = {
  en: "name the kubeconfig of the cluster's administrator: --kubeconfig FILE (RKE2 has it in /etc/rancher/rke2/rke2.yaml, kubeadm in /etc/kubernetes/admin.conf)",
  zh: '请用 --kubeconfig 文件 指定集群管理员的 kubeconfig（RKE2 为 /etc/rancher/rke2/rke2.yaml，kubeadm 为 /etc/kubernetes/admin.conf）',
}

const WRITE_AGAIN: Text = {
  en: 'copy it again from the control plane, or name another one: --kubeconfig FILE',
  zh: '请从控制平面重新复制，或用 --kubeconfig 文件 指定其他 kubeconfig',
}

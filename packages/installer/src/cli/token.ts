import path from 'node:path'
import { checkOutputFile, readNamedText, writeFileAtomic } from '@edgelift/core'
import type { CommandContext } from '@edgelift/core/cli'
import { dump } from 'js-yaml'
import { gatherFacts } from '../inspect/gather.ts'
import { isPresent, notInstalled } from '../inspect/installation.ts'
import { clusterOf, formatKubectl } from '../kube/access.ts'
import { apiResponds, type Cluster, recentEvents } from '../kube/kubectl.ts'
import { chosenNode, mustListNodes } from '../kube/nodes.ts'
import { joinTokenOf } from '../kubeedge/join-secret.ts'
import { parseToken } from '../kubeedge/join-token.ts'
import { lastingToken, parseValidity } from '../kubeedge/lasting-token.ts'
import { sweepBeside } from '../node/copies.ts'
import { waitUntil } from '../node/wait.ts'
import { fail } from '../problem/codes.ts'
import { resolveCloud } from '../settings/cloud.ts'
import { hostInUrl } from '../settings/edge.ts'
import { contradiction, incomplete } from '../settings/refusals.ts'
import { readReceipt } from '../state/read-receipt.ts'
import { RECEIPT } from '../state/receipt.ts'
import { settingsOfReceipt } from '../state/settings-of-receipt.ts'
import { launcherOf } from '../state/way-back.ts'
import { addressForEdges } from './address-for-edges.ts'
import { type EdgeHost, parseHosts } from './hosts-csv.ts'
import { checkJoinFiles, writeJoinFiles } from './join-files.ts'
import { type NodeCommand, onNode } from './on-node.ts'
import { otherRole } from './other-role.ts'
import { warnOfForeignOutput } from './output-place.ts'

export const newToken: NodeCommand = async ({ host, directory, manifest }, args, context) => {
  if (manifest.role !== 'cloud') throw cloudOnly()
  const hosts = await hostsOf(args)
  await checkOutput(args, hosts)
  const receipt = await readReceipt(host)
  if (receipt === undefined && !(await isPresent(host, 'cloud'))) throw notInstalled()
  if (receipt !== undefined && receipt.role !== 'cloud') throw otherRole(receipt.role, context.typed)
  const isForFiles = hosts !== undefined || typeof args.join === 'string'
  const settings = receipt && settingsOfReceipt(receipt)
  if (isForFiles && settings?.role !== 'cloud') throw notRecorded()
  const cluster = await clusterOf({ host, directory, manifest }, receipt?.kubeEdgeOnly)
  const valid = typeof args.valid === 'string' ? parseValidity(args.valid) : undefined
  const fresh = await freshToken(cluster, context)
  const token =
    valid === undefined ? fresh : await lastingToken(cluster, fresh, Math.floor(host.now() / 1000) + valid)
  if (valid !== undefined) context.report({ type: 'note', level: 'warning', text: LASTING })
  const expires = endOf(token)
  const until = { en: `The token is valid until ${expires ?? '?'}`, zh: `令牌有效期至 ${expires ?? '?'}` }
  context.report({ type: 'note', level: 'info', text: until })
  if (!isForFiles || settings?.role !== 'cloud') return { document: { token, expires }, text: () => token }
  const facts = await gatherFacts(host, directory, receipt)
  const nodes = receipt?.kubeEdgeOnly === undefined ? [] : await mustListNodes(cluster)
  const node = chosenNode(nodes, { ...facts, nodeName: settings.nodeName })?.node
  const { advertiseAddresses, options } = resolveCloud(settings, facts, [], { node })
  const cloud = hostInUrl(
    await addressForEdges(cluster, launcherOf(receipt ?? {}), advertiseAddresses, facts),
  )
  const textOf = (host: Partial<EdgeHost>) => {
    // The cloud runs the broker on every edge; EdgeCore is told to use it.
    const broker = options.has('mosquitto') ? { options: ['mosquitto'] } : {}
    return `# Written by ./edgelift token. ${until.en}.\n${dump({ cloud, token, ...host, ...broker })}`
  }
  if (hosts === undefined) {
    const file = path.resolve(String(args.join))
    await sweepBeside(file)
    await writeFileAtomic(file, textOf({}), 0o600)
    await warnOfForeignOutput(directory, file, context.report)
    return { document: { file, expires }, text: () => file }
  }
  const texts = new Map(hosts.map((host) => [joinFileOf(host), textOf(host)]))
  const files = await writeJoinFiles(path.resolve(String(args.out)), texts, {
    overwrite: args.overwrite === true,
  })
  await warnOfForeignOutput(directory, String(args.out), context.report)
  return { document: { files, expires }, text: () => files.join('\n') }
}

export const tokenCommand = onNode(newToken)

/** Read before the cluster is asked: a wrong list needs no token. Undefined where there is none. */
async function hostsOf(args: Readonly<Record<string, unknown>>): Promise<EdgeHost[] | undefined> {
  const { hosts: list, out, join } = args
  if ((list === undefined) !== (out === undefined))
    throw incomplete('--hosts', '--out', {
      en: '--hosts lists the edges, --out is the folder for their files',
      zh: '--hosts 列出边缘节点，--out 是存放其文件的目录',
    })
  if (typeof list !== 'string') return undefined
  if (join !== undefined)
    throw contradiction('--hosts', '--join', {
      en: '--hosts writes one file per edge',
      zh: '--hosts 为每个边缘节点各生成一个文件',
    })
  return parseHosts(await readNamedText(list), list)
}

function joinFileOf({ nodeName }: EdgeHost): string {
  return `${nodeName}.yaml`
}

/** A lasting token that is written nowhere would be signed all the same, and nothing revokes it. */
async function checkOutput(
  { hosts: list, out, join, overwrite }: Readonly<Record<string, unknown>>,
  hosts: readonly EdgeHost[] | undefined,
): Promise<void> {
  if (typeof join === 'string') await checkOutputFile(join)
  if (hosts !== undefined)
    await checkJoinFiles(path.resolve(String(out)), hosts.map(joinFileOf), {
      overwrite: overwrite === true,
      inputs: [String(list)],
    })
}

const LASTING = {
  en: 'anyone who has this token can join nodes until it expires; only a new CA of CloudCore revokes it',
  zh: '在过期之前，持有该令牌的任何人都可接入节点；只有更换 CloudCore 的 CA 才能使其失效',
}

/**
 * CloudCore makes a new one every 12 hours; after a longer sleep of the machine, or a start, it takes some seconds.
 * @throws WAIT_EXPIRED when the token stays expired
 */
async function freshToken(cluster: Cluster, { report, signal }: CommandContext): Promise<string> {
  let token = await joinTokenOf(cluster)
  if (token === undefined) throw (await apiResponds(cluster)) ? noToken(cluster) : apiSilent(cluster)
  const holds = () => {
    const expires = token && parseToken(token)?.expires
    return typeof expires !== 'number' || expires * 1000 > cluster.host.now()
  }
  const restart = `${formatKubectl(cluster)} -n kubeedge rollout restart deployment/cloudcore`
  await waitUntil({
    id: 'token',
    what: { en: 'a valid join token', zh: '未过期的接入令牌' },
    deadline: 60,
    look: async () => {
      if (!holds()) token = (await joinTokenOf(cluster)) ?? token // silent for a moment: asked again
      return token !== undefined && holds()
        ? true
        : { en: "CloudCore's token has expired", zh: 'CloudCore 的令牌已过期' }
    },
    words: () => recentEvents(cluster, 'kubeedge'),
    fix: { en: `have CloudCore create one: ${restart}`, zh: `让 CloudCore 重新生成：${restart}` },
    report,
    signal,
  })
  return token
}

/** ISO 8601; null where the token does not say. */
function endOf(token: string): string | null {
  const expires = parseToken(token)?.expires
  return expires === undefined ? null : new Date(expires * 1000).toISOString()
}

function cloudOnly(): Error {
  return fail('ROLE_MISMATCH', {
    what: { en: 'tokens are created on the cloud node', zh: '令牌由云端节点生成' },
    fix: { en: 'run it in the cloud archive', zh: '请在云端离线包目录中执行' },
  })
}

/** Edges are told by the cloud's settings where it is, and what runs on them. */
function notRecorded(): Error {
  return fail('STEP_FAILED', {
    what: { en: 'files for edges cannot be written', zh: '无法生成边缘节点的安装参数文件' },
    because: {
      en: `${RECEIPT} is missing, and with it this cloud's settings: it was deleted, or the cloud was installed by hand`,
      zh: `缺少 ${RECEIPT}，无法得知云端的安装参数：该文件已被删除，或云端为手动安装`,
    },
    fix: {
      en: 'run ./install.sh with the settings of this cloud, which writes it again; for a token alone: ./edgelift token',
      zh: '请用本云端的安装参数执行 ./install.sh，将重新生成该文件；仅需令牌时执行 ./edgelift token',
    },
  })
}

function noToken(cluster: Cluster): Error {
  return fail('STEP_FAILED', {
    what: { en: 'no join token exists', zh: '没有接入令牌' },
    because: { en: 'CloudCore is not running, or has not created one yet', zh: 'CloudCore 未运行或尚未生成' },
    fix: {
      en: `./edgelift status, and ${formatKubectl(cluster)} -n kubeedge get pods`,
      zh: `查看 ./edgelift status 与 ${formatKubectl(cluster)} -n kubeedge get pods`,
    },
  })
}

function apiSilent(cluster: Cluster): Error {
  return fail('STEP_FAILED', {
    what: { en: 'the join token cannot be read', zh: '无法读取接入令牌' },
    because: { en: "Kubernetes' API does not respond", zh: 'Kubernetes API 无响应' },
    fix: {
      en: `./edgelift doctor says why; ${formatKubectl(cluster)} get --raw /readyz tries it`,
      zh: `执行 ./edgelift doctor 查看原因；可用 ${formatKubectl(cluster)} get --raw /readyz 测试`,
    },
  })
}

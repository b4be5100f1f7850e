import type { CommandContext } from '@edgelift/core/cli'
import { formatOwnAddresses, type OwnAddress } from '../node/own-addresses.ts'
import type { LoadedSettings } from '../settings/load.ts'
import { parseSettings } from '../settings/load.ts'
import type { Settings } from '../settings/schema.ts'
import { checkValues } from '../settings/values.ts'
import { askLine, askSecret, askYesNo } from './ask.ts'

export interface Known {
  /** Whether this machine was installed before: its settings are kept. */
  readonly known: boolean
  /** Whether it has its certificate. */
  readonly joined: boolean
  readonly hasEdgeMesh: boolean
  /** Addresses at which edges may reach a new cloud, the likeliest first. */
  readonly addresses: readonly OwnAddress[]
}

/**
 * Asks on the terminal for what is needed and was not set: on the cloud the address that edges use where it has several,
 * and whether EdgeMesh is wanted; on an edge its cloud and its token.
 */
export async function askMissing(
  { settings, origin }: LoadedSettings,
  context: CommandContext,
  { known, joined, hasEdgeMesh, addresses }: Known,
): Promise<Settings> {
  if (settings.role === 'cloud') {
    const isChosen = settings.advertiseAddresses !== undefined || settings.nodeIp !== undefined
    const advertiseAddresses = isChosen ? undefined : await askAddress(context, addresses)
    const chosen = advertiseAddresses === undefined ? settings : { ...settings, advertiseAddresses }
    if (known || !hasEdgeMesh || origin.has('edgemesh')) return chosen
    return { ...chosen, edgemesh: await askYesNo(context, EDGEMESH, true) }
  }
  if (joined) return settings
  const cloud = settings.cloud ?? (await askCloud(context))
  const isGiven = settings.token !== undefined || settings.tokenFile !== undefined
  const token = isGiven ? settings.token : await askSecret(context, TOKEN)
  return { ...settings, ...(cloud ? { cloud } : {}), ...(token === undefined ? {} : { token }) }
}

const EDGEMESH = {
  en: 'EdgeMesh Helm chart found. Install EdgeMesh?',
  zh: '检测到 EdgeMesh Helm Chart，是否安装 EdgeMesh？',
}
const CLOUD = {
  en: 'Address of the cloud node (HOST, or HOST:PORT if CloudHub is not at 10000):',
  zh: '云端节点地址（CloudHub 端口不是 10000 时写成“地址:端口”）：',
}
const TOKEN = {
  en: 'Join token (from ./edgelift token on the cloud node; not shown while typed):',
  zh: '接入令牌（在云端用 ./edgelift token 生成，输入时不显示）：',
}

/** Undefined where the machine has one address only. What is typed may be a name or a router's address, too. */
async function askAddress(
  context: CommandContext,
  addresses: readonly OwnAddress[],
): Promise<string[] | undefined> {
  const [proposal] = addresses
  if (proposal === undefined || addresses.length === 1) return undefined
  const list = formatOwnAddresses(addresses)
  const text = await askLine(context, {
    en: `This machine has several addresses: ${list.en}.\nAddress that edge nodes dial [default: ${proposal.address}]:`,
    zh: `本机有多个地址：${list.zh}。\n边缘节点访问本机所用的地址 [默认 ${proposal.address}]：`,
  })
  const parsed = parseSettings('cloud', { advertiseAddresses: [text ?? proposal.address] })
  return parsed.role === 'cloud' ? parsed.advertiseAddresses : undefined
}

async function askCloud(context: CommandContext) {
  const text = await askLine(context, CLOUD)
  if (text === undefined) return undefined
  const parsed = parseSettings('edge', { cloud: text })
  checkValues(parsed)
  return parsed.role === 'edge' ? parsed.cloud : undefined
}

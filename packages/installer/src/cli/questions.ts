import type { CommandContext } from '@edgelift/core/cli'
import type { Answers, LoadedAnswers } from '../settings/load.ts'
import { parseAnswers } from '../settings/load.ts'
import { askLine, askSecret, askYesNo } from './ask.ts'

/**
 * Asks on the terminal for what is needed and was not said: on the cloud whether EdgeMesh is wanted, on an edge for its
 * cloud and its token.
 * @param known whether this machine was installed with answers already; @param joined whether it has its certificate
 */
export async function askMissing(
  { answers, origin }: LoadedAnswers,
  context: CommandContext,
  { known, joined, hasEdgeMesh }: { known: boolean; joined: boolean; hasEdgeMesh: boolean },
): Promise<Answers> {
  if (answers.role === 'cloud') {
    if (known || !hasEdgeMesh || origin.has('edgemesh')) return answers
    return { ...answers, edgemesh: await askYesNo(context, EDGEMESH, true) }
  }
  if (joined) return answers
  const cloud = answers.cloud ?? (await askCloud(context))
  const isGiven = answers.token !== undefined || answers.tokenFile !== undefined
  const token = isGiven ? answers.token : await askSecret(context, TOKEN)
  return { ...answers, ...(cloud ? { cloud } : {}), ...(token === undefined ? {} : { token }) }
}

const EDGEMESH = {
  en: 'EdgeMesh Helm chart found: install EdgeMesh?',
  zh: '检测到 EdgeMesh Helm Chart，是否安装 EdgeMesh?',
}
const CLOUD = {
  en: "The cloud node's address (HOST, or HOST:PORT when CloudHub is not at 10000):",
  zh: '云端节点地址（HOST；CloudHub 端口不是 10000 时用 HOST:PORT）：',
}
const TOKEN = {
  en: 'The join token (on the cloud: ./edgelift token); it is not shown:',
  zh: '加入令牌（在云端用 ./edgelift token 生成），输入时不显示：',
}

async function askCloud(context: CommandContext) {
  const text = await askLine(context, CLOUD)
  if (text === undefined) return undefined
  const parsed = parseAnswers('edge', { cloud: text })
  return parsed.role === 'edge' ? parsed.cloud : undefined
}

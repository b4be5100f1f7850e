import path from 'node:path'
import { writeFileAtomic } from '@edgelift/core'
import type { CommandHandler } from '@edgelift/core/cli'
import { dump } from 'js-yaml'
import { answersOfReceipt } from '../answers/of-receipt.ts'
import { openBundleDirectory } from '../bundle-directory.ts'
import { joinToken } from '../cloud/charts.ts'
import { clusterOf } from '../cloud/cluster-access.ts'
import { cloudSettings } from '../cloud/settings.ts'
import { fail } from '../codes.ts'
import { gatherFacts } from '../facts/gather.ts'
import type { Host } from '../host.ts'
import { readReceipt } from '../steps/receipt.ts'
import { nodeHost } from './node-host.ts'

export const tokenCommand: CommandHandler = async (args, context) => {
  const { directory, manifest } = await openBundleDirectory(context.env)
  if (manifest.role !== 'cloud') throw cloudOnly()
  const host = nodeHost(context.env)
  const receipt = await readReceipt(host)
  const token = await joinToken(await clusterOf({ host, directory, manifest }, receipt?.kubeEdgeOnly))
  if (token === undefined) throw noToken()
  if (typeof args.join !== 'string') return { document: { token }, text: () => token }
  const cloud = await cloudAddress(host, directory)
  const file = path.resolve(args.join)
  const text = dump({ cloud, token })
  await writeFileAtomic(
    file,
    `# Written by ./edgelift token. The token lives 24 hours at most.\n${text}`,
    0o600,
  )
  return { document: { file }, text: () => file }
}

/** Where edges reach this cloud node: as it was answered, or found, at its installation. */
async function cloudAddress(host: Host, directory: string): Promise<string> {
  const receipt = await readReceipt(host)
  const answers = receipt === undefined ? undefined : answersOfReceipt(receipt)
  if (answers?.role !== 'cloud') throw noToken()
  const { advertiseAddresses, nodeIp } = cloudSettings(answers, await gatherFacts(host, directory), [])
  return advertiseAddresses[0] ?? nodeIp
}

function cloudOnly(): Error {
  return fail('ROLE_MISMATCH', {
    what: { en: 'tokens are made on the cloud node', zh: '令牌由云端节点生成' },
    cure: { en: 'run it in the cloud archive', zh: '请在云端归档目录中执行' },
  })
}

function noToken(): Error {
  return fail('STEP_FAILED', {
    what: { en: 'there is no join token', zh: '没有加入令牌' },
    because: { en: 'CloudCore is not running, or has not made one yet', zh: 'CloudCore 未运行或尚未生成' },
    cure: {
      en: './edgelift status, and k3s kubectl -n kubeedge get pods',
      zh: '查看 ./edgelift status 与 k3s kubectl -n kubeedge get pods',
    },
  })
}

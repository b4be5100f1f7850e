import { z } from 'zod'
import { type Host, readHostFile } from '../node/host.ts'
import { fail } from '../problem/codes.ts'
import { STATE_FOLDER } from './journal.ts'

export const RECEIPT = `${STATE_FOLDER}/receipt.json`

/** A file that was laid down or changed. */
const Claim = z.strictObject({
  path: z.string(),
  /** Where the host's own file is kept that was there before; absent where there was none. */
  backup: z.string().optional(),
})

/** A folder that the started programs fill. */
const Tree = z.strictObject({
  path: z.string(),
  /** Names of what was in it before; absent where there was no such folder. */
  before: z.array(z.string()).optional(),
})
export type Tree = z.infer<typeof Tree>

/** What the node had before the first step, as far as the started programs change it. */
const Before = z.strictObject({
  /** Values of kernel settings by their sysctl name. */
  settings: z.record(z.string(), z.string()),
  /** Names of iptables chains. */
  chains: z.array(z.string()),
  /** Network links. */
  links: z.array(z.string()),
  /** Names of network namespaces. */
  namespaces: z.array(z.string()),
  /** In namespace k8s.io of a containerd that is the host's own. */
  containers: z.array(z.string()),
})
export type Before = z.infer<typeof Before>

/** What was installed, and what of the host was touched for it: what a cleanup has to take back. */
export const Receipt = z.strictObject({
  format: z.literal('edgelift/receipt/v1'),
  bundle: z.string(),
  role: z.enum(['cloud', 'edge']),
  lock: z.string(),
  edgelift: z.string(),
  /** The unpacked archive. */
  directory: z.string(),
  /** Without secrets: files that hold one are named, not read. */
  answers: z.record(z.string(), z.unknown()),
  /** The cluster of somebody else on which KubeEdge alone was installed. */
  kubeEdgeOnly: z.strictObject({ kubeconfig: z.string() }).optional(),
  claims: z.array(Claim),
  /** Folders that were not there before, a parent before what is in it; they go when they are empty. */
  folders: z.array(z.string()),
  trees: z.array(Tree),
  before: Before,
  /** When every step was through for the first time; absent while the installation is not complete. */
  completed: z.string().optional(),
})
export type Receipt = z.infer<typeof Receipt>

/** @throws JOURNAL_INVALID when there is a receipt that cannot be read */
export async function readReceipt(host: Host): Promise<Receipt | undefined> {
  const text = await readHostFile(host, RECEIPT)
  if (text === undefined) return undefined
  try {
    return Receipt.parse(JSON.parse(text))
  } catch (error) {
    throw fail(
      'JOURNAL_INVALID',
      {
        what: { en: `${RECEIPT} cannot be read`, zh: `无法读取 ${RECEIPT}` },
        because: {
          en: 'it was edited, or is of another edgelift',
          zh: '文件被修改，或由其他版本的 edgelift 写入',
        },
        fix: { en: 'use the edgelift that installed this node', zh: '请使用安装本节点的 edgelift' },
      },
      { cause: error },
    )
  }
}

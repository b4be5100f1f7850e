import type { Receipt } from '../steps/receipt.ts'
import type { Answers } from './load.ts'
import { CloudAnswers, EdgeAnswers } from './schema.ts'

/**
 * The answers that an installation was made with. The receipt keeps them in their parsed form, so an edge's cloud is
 * put together again; its taints do not matter once the node is registered.
 */
export function answersOfReceipt(receipt: Receipt): Answers {
  const { role: _role, cloud, taints: _taints, ...rest } = receipt.answers
  if (receipt.role === 'cloud') return { role: 'cloud', ...CloudAnswers.parse(rest) }
  const parsed = cloud as { host?: unknown; hubPort?: unknown } | undefined
  const text = parsed === undefined ? undefined : `${String(parsed.host)}:${String(parsed.hubPort)}`
  return { role: 'edge', ...EdgeAnswers.parse({ ...rest, ...(text === undefined ? {} : { cloud: text }) }) }
}

import { isErrno } from '@edgelift/core'
import { type Host, readDecisive } from '../node/host.ts'
import { fail } from '../problem/codes.ts'
import { markers } from './markers.ts'
import { RECEIPT, Receipt } from './receipt.ts'
import { migratedReceipt, ReceiptV1 } from './receipt-v1.ts'

/**
 * The receipt of this machine; one of the first format is migrated.
 * @throws JOURNAL_INVALID when there is a receipt that cannot be read
 */
export async function readReceipt(host: Host): Promise<Receipt | undefined> {
  const text = await readDecisive(host, RECEIPT).catch((error: unknown) => {
    throw isErrno(error, 'EILSEQ') ? invalid(error) : error
  })
  return text === undefined ? undefined : parseReceipt(text, await markers(host))
}

/**
 * @param marked names of the markers beside it, which the first format had
 * @throws JOURNAL_INVALID
 */
export function parseReceipt(text: string, marked: readonly string[]): Receipt {
  try {
    const value: unknown = JSON.parse(text)
    const old = ReceiptV1.safeParse(value)
    return old.success ? migratedReceipt(old.data, marked) : Receipt.parse(value)
  } catch (error) {
    throw invalid(error)
  }
}

function invalid(cause: unknown): Error {
  return fail(
    'JOURNAL_INVALID',
    {
      what: { en: `cannot read ${RECEIPT}`, zh: `无法读取 ${RECEIPT}` },
      because: {
        en: 'it was edited, or another version of edgelift wrote it',
        zh: '文件被修改，或由其他版本的 edgelift 写入',
      },
      fix: {
        en: 'use the edgelift that installed this node; if the file is damaged, move it away: ./install.sh and ./cleanup.sh then go by what they find on this machine',
        zh: '请使用安装本节点的 edgelift；若文件已损坏，请将其移走：此后 ./install.sh 与 ./cleanup.sh 以本机实际内容为准',
      },
    },
    { cause },
  )
}

import { isErrno, type Text } from '@edgelift/core'
import { type Host, readDecisive } from '../node/host.ts'
import { fail } from '../problem/codes.ts'
import { markers } from './markers.ts'
import { RECEIPT, Receipt } from './receipt.ts'
import { migratedReceipt, ReceiptV1 } from './receipt-v1.ts'
import { type RecordText, recordIn, type Unreadable } from './record-text.ts'

/**
 * The receipt of this machine; one of the first format is migrated.
 * @throws JOURNAL_INVALID when there is a receipt that cannot be read
 */
export async function readReceipt(host: Host): Promise<Receipt | undefined> {
  const text = await readDecisive(host, RECEIPT).catch((error: unknown) => {
    throw isErrno(error, 'EILSEQ') ? invalid({ because: NO_TEXT, cause: error }) : error
  })
  return text === undefined ? undefined : parseReceipt(text, await markers(host))
}

/**
 * @param marked names of the markers beside it, which the first format had
 * @throws JOURNAL_INVALID naming the field, and the edgelift that wrote it when it is another one
 */
export function parseReceipt(text: string, marked: readonly string[]): Receipt {
  const found = receiptIn(text, marked)
  if ('unreadable' in found) throw invalid(found.unreadable)
  return found.record
}

/** A receipt of either format as one of today's; says why where it cannot be read. */
export function receiptIn(text: string, marked: readonly string[]): RecordText<Receipt> {
  const found = recordIn(text, Receipt)
  if ('record' in found) return found
  const old = recordIn(text, ReceiptV1)
  return 'record' in old ? { record: migratedReceipt(old.record, marked) } : found
}

const NO_TEXT: Text = { en: 'it is damaged: it is not UTF-8', zh: '文件已损坏：不是 UTF-8 文本' }

function invalid({ because, cause }: Pick<Unreadable, 'because' | 'cause'>): Error {
  return fail(
    'JOURNAL_INVALID',
    {
      what: { en: `cannot read ${RECEIPT}`, zh: `无法读取 ${RECEIPT}` },
      because,
      fix: {
        en: 'use the edgelift that installed this node; if the file is damaged, move it away: ./install.sh and ./cleanup.sh then go by what they find on this machine',
        zh: '请使用安装本节点的 edgelift；若文件已损坏，请将其移走：此后 ./install.sh 与 ./cleanup.sh 以本机实际内容为准',
      },
    },
    { cause },
  )
}

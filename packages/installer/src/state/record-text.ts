import { EDGELIFT_VERSION, schemaIssueText, type Text } from '@edgelift/core'
import { z } from 'zod'

/** What a receipt and the record of a copy say of who wrote them, in every format. */
const Writer = z.object({
  edgelift: z.string().regex(/^[\w.+-]{1,64}$/),
  /** The archive that brought it. */
  bundle: z.string().regex(/^[\w.+-]{1,200}$/),
})
export type Writer = z.infer<typeof Writer>

/** Why a record cannot be read, and whose it is when another edgelift wrote it. */
export interface Unreadable {
  readonly because: Text
  readonly writer: Writer | undefined
  readonly cause: unknown
}
export type RecordText<T> = { readonly record: T } | { readonly unreadable: Unreadable }

/**
 * A record that an edgelift left on a machine. Every edgelift reads what earlier ones wrote; one that knows less than
 * the writer must not guess: a change that it cannot undo may stand there.
 */
export function recordIn<T>(text: string, schema: z.ZodType<T>): RecordText<T> {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    const because = {
      en: 'it is damaged, or was edited: it is not JSON',
      zh: '文件已损坏或被修改：不是 JSON',
    }
    return { unreadable: { because, writer: undefined, cause } }
  }
  const { data, error } = schema.safeParse(value)
  if (error === undefined) return { record: data }
  const field = schemaIssueText(error.issues[0], value)
  const writer = Writer.safeParse(value).data
  if (writer === undefined || writer.edgelift === EDGELIFT_VERSION)
    return { unreadable: { because: field, writer: undefined, cause: error } }
  return { unreadable: { because: byAnother(writer, field), writer, cause: error } }
}

function byAnother({ edgelift, bundle }: Writer, field: Text): Text {
  return {
    en: `edgelift ${edgelift} of ${bundle} wrote it, and this is edgelift ${EDGELIFT_VERSION}: ${field.en}`,
    zh: `它由 ${bundle} 的 edgelift ${edgelift} 写入，而当前为 edgelift ${EDGELIFT_VERSION}：${field.zh}`,
  }
}

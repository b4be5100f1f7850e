import type { Report } from '../events.ts'
import { type InputAwaited, inputAwaited } from '../named-input.ts'

/** Tells of every input that is not at its end after some seconds, until the returned function is called. */
export function tellAwaitedInput(report: Report): () => void {
  const tell = (message: unknown): void => {
    const { file } = message as InputAwaited
    report({
      type: 'note',
      level: 'warning',
      text: {
        en: `still reading ${file ?? 'standard input'}: if it is a pipe, a program has to write to it and close it (Ctrl+C stops)`,
        zh: `仍在读取${file === undefined ? '标准输入' : ` ${file}`}：若它是管道，需要有程序写入并关闭它（按 Ctrl+C 停止）`,
      },
    })
  }
  inputAwaited.subscribe(tell)
  return () => inputAwaited.unsubscribe(tell)
}

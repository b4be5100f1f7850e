import { type CodeTable, EXIT, failures } from '@edgelift/core'

/** The errors of this package. */
export const bundleCodes = {
  ANSWER_MISSING: {
    exit: EXIT.failed,
    title: { en: 'A chart asks for an answer that was not given', zh: 'chart 需要的答案没有给出' },
  },
} as const satisfies CodeTable

export const fail = failures(bundleCodes)

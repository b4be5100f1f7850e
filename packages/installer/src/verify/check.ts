import { EdgeliftError, type Text } from '@edgelift/core'

/** One of the guide's seven checks, or the functional test. */
export interface Check {
  readonly id: string
  readonly title: Text
  /** It can hold only where EdgeMesh is: left out where it was not chosen. */
  readonly edgemesh: boolean
  /** It starts pods in the cluster. */
  readonly makesPods?: boolean
  /** What is wrong; undefined when it holds. */
  readonly run: () => Promise<Text | undefined>
}

/** A list, as part of a sentence. */
export function listed(words: Text, items: readonly string[]): Text {
  return { en: `${words.en}: ${items.join(', ')}`, zh: `${words.zh}：${items.join('、')}` }
}

/** What is wrong; a program that is missing or fails is an answer, too. */
export async function problemOf(check: Check): Promise<Text | undefined> {
  try {
    return await check.run()
  } catch (error) {
    if (error instanceof EdgeliftError && error.code !== 'INTERRUPTED') return error.what
    throw error
  }
}

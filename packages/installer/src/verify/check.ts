import { EdgeliftError, lastLines, same, type Text } from '@edgelift/core'

/** One of the guide's seven checks, or the functional test. */
export interface Check {
  readonly id: string
  readonly title: Text
  /** It can hold only where EdgeMesh is: left out where it was not chosen. */
  readonly edgemesh: boolean
  /** It starts pods in the cluster. */
  readonly makesPods?: boolean
  /** What is wrong; undefined when it holds. */
  readonly run: () => Promise<Text | Skipped | undefined>
  /** Why it does not hold: a closer look, taken only then. */
  readonly explain?: () => Promise<Explanation>
}

/** What a check that does not hold comes from. */
export interface Explanation {
  readonly code: 'LINK_MISSING' | 'RELAY_UNREACHABLE' | 'PSK_DIFFERS' | 'ENDPOINTS_STALE' | 'TUNNEL_BROKEN'
  readonly cause: Text
  readonly fix: Text
  /** What a program logged of it. */
  readonly words?: string
}

/** A check that cannot be made here, and that nothing is known to be wrong with. */
export interface Skipped {
  /** Why not. */
  readonly skipped: Text
}

export const NO_KUBE_DNS: Skipped = {
  skipped: {
    en: 'the cluster has no Service kube-system/kube-dns',
    zh: '集群中没有 Service kube-system/kube-dns',
  },
}

/** A list, as part of a sentence. */
export function listed(words: Text, items: readonly (string | Text)[]): Text {
  const texts = items.map((item) => (typeof item === 'string' ? same(item) : item))
  const [en, zh] = [texts.map((text) => text.en), texts.map((text) => text.zh)]
  return { en: `${words.en}: ${en.join(', ')}`, zh: `${words.zh}：${zh.join('、')}` }
}

export type Outcome =
  | { readonly state: 'ok' }
  | { readonly state: 'skipped'; readonly why: Text }
  | { readonly state: 'failed'; readonly why: Text; readonly explanation?: Explanation }

/** A program that is missing or fails counts as a check that does not hold. */
export async function outcomeOf(check: Check): Promise<Outcome> {
  try {
    const seen = await check.run()
    if (seen === undefined) return { state: 'ok' }
    if ('skipped' in seen) return { state: 'skipped', why: seen.skipped }
    const explanation = await check.explain?.()
    return { state: 'failed', why: seen, ...(explanation === undefined ? {} : { explanation }) }
  } catch (error) {
    if (error instanceof EdgeliftError && error.code !== 'INTERRUPTED')
      return { state: 'failed', why: saidOf(error) }
    throw error
  }
}

/** What failed, and the last line of what it says of it. */
function saidOf({ what, because }: EdgeliftError): Text {
  const words = { en: lastLines(because?.en ?? '', 1).trim(), zh: lastLines(because?.zh ?? '', 1).trim() }
  if (words.en === '') return what
  return { en: `${what.en}: ${words.en}`, zh: `${what.zh}：${words.zh}` }
}

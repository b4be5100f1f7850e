import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Trial, trial } from '../testing/trial.ts'
import {
  forgetFormer,
  keepBefore,
  keepFormer,
  keptBefore,
  putBackBefore,
  putBackFormer,
} from './kept-images.ts'

const CTR = ['ctr', '-n', 'k8s.io'] as const
const images = (words: string) => `ctr -n k8s.io images ${words}`
const FORMER = { bundle: 'old', lock: 'sha256:0123456789abcdef', images: ['a:1', 'b:1'], copy: '/c' }
const [BEFORE, OF_FORMER, OF_OTHER] = ['before', '0123456789ab', 'fedcba987654'].map(
  (place) => `edgelift.local/${place}/a:1`,
) as [string, string, string]

let on: Trial
/** Names; what each stands for and whether it is pinned. */
let store: Map<string, string>
/** Names that containerd does not let go. */
let held: string[]
const has = (name: string, content: string) => store.set(name, content)
beforeEach(async () => {
  on = await trial()
  store = new Map()
  held = []
  on.script(images('ls'), () => {
    const rows = [...store].map(([name, one]) => {
      const [digest, pin] = one.split(' ')
      return `${name} t ${digest} ${pin === undefined ? '-' : 'io.cri-containerd.pinned=pinned'}`
    })
    return ['REF TYPE DIGEST LABELS', ...rows].join('\n')
  })
  on.script(images('tag --force'), (args) => {
    const [from = '', to = ''] = args.slice(-2)
    store.set(to, store.get(from)?.split(' ')[0] ?? '')
    return ''
  })
  on.script(images('label'), (args) => {
    const [name = '', label = ''] = args.slice(-2)
    const [digest = ''] = store.get(name)?.split(' ') ?? []
    store.set(name, label.endsWith('=pinned') ? `${digest} pinned` : digest)
    return ''
  })
  on.script(images('rm'), (args) => {
    const name = args.at(-1) ?? ''
    return !held.includes(name) && store.delete(name) ? '' : { code: 1, stderr: 'locked' }
  })
  on.script('ctr -n k8s.io containers ls', '')
})
afterEach(() => on[Symbol.asyncDispose]())

describe('what a name stood for', () => {
  it.each([
    ['before edgelift', () => keepBefore(on.host, CTR, 'a:1'), BEFORE],
    ['under the release before', () => keepFormer(on.host, CTR, FORMER, 'a:1'), OF_FORMER],
  ])('%s is kept once, pinned: the next run finds other content under it', async (_when, keep, name) => {
    has('a:1', 'first')
    await keep()
    has('a:1', 'second')
    await keep()
    expect(store.get(name)).toBe('first pinned')
  })

  it('that is kept and was cut off before it was pinned is pinned by the next run', async () => {
    has(BEFORE, 'first')
    has('a:1', 'second')
    await keepBefore(on.host, CTR, 'a:1')
    expect(store.get(BEFORE)).toBe('first pinned')
  })

  it('is known without a receipt: by what is kept that is not edgelift’s', async () => {
    has(BEFORE, 'x')
    has(OF_FORMER, 'y')
    has('c:1', 'z')
    expect(await keptBefore(on.host, CTR)).toEqual(['a:1'])
  })

  it.each([true, false])(
    'comes back as it was (pinned: %s), also where our image does not go',
    async (pinned) => {
      has('a:1', 'ours pinned')
      has(BEFORE, 'theirs pinned')
      held = ['a:1']
      await putBackBefore(on.host, CTR, { reference: 'a:1', pinned })
      expect([...store]).toEqual([['a:1', pinned ? 'theirs pinned' : 'theirs']])
    },
  )

  it('is left as it is where nothing of it is kept', async () => {
    has('a:1', 'ours pinned')
    await putBackBefore(on.host, CTR, { reference: 'a:1', pinned: false })
    expect([...store]).toEqual([['a:1', 'ours pinned']])
  })
})

describe('a rollback', () => {
  it('gives names back to their release alone, and forgets what only the new one had set aside', async () => {
    has('a:1', 'new pinned')
    has('b:1', 'new pinned')
    has(OF_FORMER, 'old pinned')
    has(OF_OTHER, 'older pinned')
    has('edgelift.local/before/b:1', 'theirs pinned')
    await putBackFormer(on.host, CTR, { former: FORMER, theirs: new Set() })
    expect(Object.fromEntries(store)).toEqual({
      'a:1': 'old pinned',
      'b:1': 'new pinned',
      [OF_OTHER]: 'older pinned',
    })
  })

  it('keeps what was set aside under that release already', async () => {
    has(BEFORE, 'theirs pinned')
    await putBackFormer(on.host, CTR, { former: FORMER, theirs: new Set(['a:1']) })
    expect(store.has(BEFORE)).toBe(true)
  })

  it('does not stop for a name too many', async () => {
    has(OF_FORMER, 'old pinned')
    has(BEFORE, 'theirs pinned')
    held = [OF_FORMER, BEFORE]
    await putBackFormer(on.host, CTR, { former: FORMER, theirs: new Set() })
    expect(store.get('a:1')).toBe('old pinned')
  })
})

describe('releases that nobody can go back to', () => {
  beforeEach(() => {
    for (const [name, one] of [BEFORE, OF_FORMER, OF_OTHER].entries()) has(one, `sha256:${name} pinned`)
  })

  it('leave nothing but what is not edgelift’s, and what somebody can still go back to', async () => {
    expect(await forgetFormer(on.host, CTR, FORMER)).toEqual(new Map())
    expect([...store.keys()]).toEqual([BEFORE, OF_FORMER])
    await forgetFormer(on.host, CTR, undefined)
    expect([...store.keys()]).toEqual([BEFORE])
  })

  it('lose only the name of what a container runs from: its digest stays for the kubelet to collect', async () => {
    has('sha256:1', 'sha256:1')
    const table = `CONTAINER IMAGE RUNTIME\nc1 ${OF_FORMER} io.containerd.runc.v2`
    on.script('ctr -n k8s.io containers ls', table)
    await forgetFormer(on.host, CTR, undefined)
    expect([...store.keys()]).toEqual([BEFORE, 'sha256:1'])
  })

  it('are told, where containerd does not let one go, after all others', async () => {
    held = [OF_FORMER]
    const remaining = await forgetFormer(on.host, CTR, undefined)
    expect([...remaining.keys()]).toEqual([OF_FORMER])
    expect([...store.keys()]).toEqual([BEFORE, OF_FORMER])
  })

  it('ask nothing of containers where there are none', async () => {
    store = new Map([[BEFORE, 'x']])
    on.script('ctr -n k8s.io containers ls', { code: 1 })
    expect(await forgetFormer(on.host, CTR, undefined)).toEqual(new Map())
  })
})

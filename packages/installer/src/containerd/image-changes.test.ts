import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Trial, trial } from '../testing/trial.ts'
import { importImage, removeImages, removeName, unpin } from './image-changes.ts'
import { mustListImages } from './image-list.ts'

const CTR = ['ctr', '-n', 'k8s.io'] as const
const images = (words: string) => `ctr -n k8s.io images ${words}`

let on: Trial
/** Names, and what they stand for. */
let store: Map<string, string>
/** Names that containerd does not let go. */
let held: string[]
beforeEach(async () => {
  on = await trial()
  held = []
  on.script(images('ls'), () =>
    ['REF TYPE DIGEST', ...[...store].map(([name, digest]) => `${name} t ${digest} -`)].join('\n'),
  )
  on.script(images('rm'), (args) => {
    const name = args.at(-1) ?? ''
    if (held.includes(name)) return { code: 1, stderr: 'database is locked' }
    return store.delete(name) ? '' : { code: 1, stderr: 'not found' }
  })
})
afterEach(() => on[Symbol.asyncDispose]())

describe('removed images', () => {
  it.each([
    ['go with the names by digest that the CRI plugin gave them', [], []],
    ['leave those where another name has the same image', [['b:1', 'sha256:x']], ['sha256:x', 'b:1']],
    ['do not take those of other images', [['sha256:y', 'sha256:y']], ['sha256:y']],
  ] as const)('%s', async (_rule, others, left) => {
    store = new Map([['a:1', 'sha256:x'], ['sha256:x', 'sha256:x'], ...others])
    expect(await removeImages(on.host, CTR, ['a:1'])).toEqual(new Map())
    expect([...store.keys()]).toEqual(left)
  })

  it('do not stay for one that containerd does not let go, which is told with its reason', async () => {
    store = new Map([
      ['a:1', 'sha256:x'],
      ['b:1', 'sha256:y'],
    ])
    held = ['a:1']
    const listed = await mustListImages(on.host, CTR)
    const remaining = await removeImages(on.host, CTR, ['a:1', 'b:1'], listed)
    expect([...remaining]).toMatchObject([['a:1', { because: { en: 'database is locked' } }]])
    expect([...listed.keys()]).toEqual(['a:1'])
  })
})

it.each([
  ['removed', removeName],
  ['unpinned', unpin],
])(
  'an image that is gone need not be %s; a silent containerd says nothing of the kind',
  async (_what, change) => {
    store = new Map()
    on.script(images('label'), { code: 1, stderr: 'not found' })
    await change(on.host, CTR, 'a:1')
    store = new Map([['a:1', 'sha256:x']])
    held = ['a:1']
    await expect(change(on.host, CTR, 'a:1')).rejects.toMatchObject({ code: 'COMMAND_FAILED' })
    on.script(images('ls'), { code: 1, stderr: 'connection refused' })
    await expect(change(on.host, CTR, 'a:1')).rejects.toMatchObject({ code: 'COMMAND_FAILED' })
  },
)

it.each([
  [true, 'import --local /a.tar'], // the transfer service, which ctr asks otherwise, unpacks without syncing
  [false, 'import /a.tar'], // an existing ctr may be older than the option
])('an import that fails pins nothing (of the archive: %s)', async (bundled, line) => {
  on.script(images('import'), { code: 1, stderr: 'unexpected EOF' })
  await expect(
    importImage(on.host, CTR, { reference: 'a:1', file: '/a.tar', bundled }),
  ).rejects.toMatchObject({ because: { en: 'unexpected EOF' } })
  expect(on.calls).toEqual([images(line)])
})

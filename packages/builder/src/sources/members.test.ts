import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import { PLACEHOLDER_MARK } from '@edgelift/bundle'
import { type Digest, digestOf } from '@edgelift/core'
import { openStore, type Store } from '@edgelift/oci'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { type Members, tarball } from '../testing/upstream.ts'
import { isPlaceholderBlob, type PartRequirement, takeParts } from './members.ts'

let folder: string
let store: Store
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'edgelift-members-'))
  store = await openStore(folder)
})
afterEach(() => rm(folder, { recursive: true }))

const CHART = { 'src-1/chart/Chart.yaml': 'name: mesh\nversion: 1.0.0\n', 'src-1/chart/values.yaml': '{}\n' }
const inStore = async (members: Members): Promise<Digest> => store.putBytes(gzipSync(await tarball(members)))
const file = (member: string, at: string): PartRequirement => ({ path: at, member, mode: '0755' })

it('takes files out into the store, however their names are written', async () => {
  const digest = await inStore({ 'linux-amd64/helm': 'helm', README: 'no' })
  const taken = await takeParts(store, {
    tarball: digest,
    label: 'files.helm',
    parts: [file('./linux-amd64/helm', 'bin/helm')],
  })
  expect(taken).toEqual([
    { path: 'bin/helm', member: './linux-amd64/helm', mode: '0755', digest: digestOf('helm'), size: 4 },
  ])
  expect(await store.size(digestOf('helm'))).toBe(4)
  expect(await store.size(digestOf('no'))).toBeUndefined()
})

it.each(['linux-amd64//helm', './/linux-amd64/./helm'])(
  'takes a file that the release names %s',
  async (member) => {
    const tarball = await inStore({ 'linux-amd64/helm': 'helm' })
    const parts = [file(member, 'bin/helm')]
    expect(await takeParts(store, { tarball, label: 'files.helm', parts })).toMatchObject([
      { digest: digestOf('helm') },
    ])
  },
)

it('packs a chart’s folder the same from every tarball that has it, in the order of what was asked for', async () => {
  const parts = [file('src-1/chart/', 'helm-charts/mesh.tgz'), file('src-1/LICENSE', 'licenses/mesh')]
  const taken = []
  for (const rest of [{ 'src-1/LICENSE': 'terms' }, { 'src-1/LICENSE': 'terms', 'src-1/x': 'more' }])
    taken.push(
      await takeParts(store, { tarball: await inStore({ ...rest, ...CHART }), label: 'mesh', parts }),
    )
  expect(taken[0]).toEqual(taken[1])
  expect(taken[0]?.map((part) => part.path)).toEqual(['helm-charts/mesh.tgz', 'licenses/mesh'])
})

it('marks what only stands for the real thing, also where its head comes in pieces', async () => {
  const text = `${PLACEHOLDER_MARK} of a test\n`
  const digest = await inStore({ a: text, b: 'the real thing' })
  const [first, second] = await takeParts(store, {
    tarball: digest,
    label: 'x',
    parts: [file('a', 'a'), file('b', 'b')],
  })
  expect(first?.placeholder).toBe(true)
  expect(second).not.toHaveProperty('placeholder')
  expect(await isPlaceholderBlob(store, await store.putBytes(Buffer.from('x'.repeat(300_000) + text)))).toBe(
    false,
  )
})

it('names the member that a tarball does not have', async () => {
  const digest = await inStore({ other: 'x' })
  await expect(
    takeParts(store, { tarball: digest, label: 'files.helm', parts: [file('helm', 'bin/helm')] }),
  ).rejects.toMatchObject({ code: 'TAR_MEMBER_MISSING', what: { en: expect.stringContaining('files.helm') } })
})

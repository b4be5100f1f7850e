import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { type Digest, type Exec, exec } from '@edgelift/core'
import { openStore, type Store } from '@edgelift/oci'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { openHelm, type Template } from './helm.ts'

let store: Store
beforeEach(async () => {
  store = await openStore(await mkdtemp(path.join(tmpdir(), 'edgelift-helm-')))
  vi.stubEnv('TMPDIR', store.root)
})
afterEach(async () => {
  vi.unstubAllEnvs()
  await rm(store.root, { recursive: true })
})

const put = (text: string): Promise<Digest> => store.putBytes(Buffer.from(text))
/** A shell script in helm's place. */
const open = async (script: string, run: Exec = exec) =>
  openHelm(store, await put(`#!/bin/sh\n[ "$1" = version ] && exit 0\n${script}\n`), run)
const template = async (more: Partial<Template> = {}): Promise<Template> => ({
  ...{ release: 'rel', namespace: 'ns', packed: await put('chart'), values: '{"a":1}', cluster: [] },
  ...more,
})
const folders = async () => (await readdir(store.root)).filter((name) => name.startsWith('edgelift-render-'))

describe('helm out of the archive', () => {
  it('is given the chart, the values and the cluster', async () => {
    await using helm = await open('echo "$@"; cat "$7"')
    const rendered = await helm.template(await template({ cluster: ['--is-upgrade'] }))
    expect(rendered).toMatchObject({
      text: expect.stringMatching(/^template rel \S+\.tgz --namespace ns --values \S+ .*--is-upgrade\n/),
    })
    expect(JSON.stringify(rendered)).toContain('{\\"a\\":1}')
  })

  it('may render several charts at once', async () => {
    await using helm = await open('cat "$3"; cat "$7"')
    const texts = await Promise.all(
      ['1', '2', '3'].map(async (values) => helm.template(await template({ values }))),
    )
    expect(texts).toEqual([{ text: 'chart1' }, { text: 'chart2' }, { text: 'chart3' }])
  })

  it('says why it could not, in its last words and without the temporary folder', async () => {
    await using helm = await open('echo "Error: $3: no such template" >&2; exit 1')
    expect(await helm.template(await template())).toEqual({
      reason: expect.stringMatching(/^Error: [0-9a-f]{64}\.tgz: no such template$/),
    })
  })

  it('says so where the text is too long, of which the end alone is no rendering', async () => {
    await using helm = await open('head -c 40000000 /dev/zero | tr "\\0" "\\n"; echo "kind: Last"')
    expect(await helm.template(await template())).toEqual({ reason: 'it renders to more than 33.6 MB' })
    await using other = await open('echo "kind: First"; head -c 20000000 /dev/zero | tr "\\0" "\\n"')
    expect(await other.template(await template())).toEqual({ text: expect.stringMatching(/^kind: First\n/) })
  })

  it('leaves nothing behind', async () => {
    const helm = await open('exit 0')
    await helm.template(await template())
    await helm[Symbol.asyncDispose]()
    expect(await folders()).toEqual([])
  })
})

describe('a helm that does not run here', () => {
  it.each<[string, string | undefined, Exec, RegExp]>([
    ['says so', 'exec 1>&2; echo "cannot execute"; exit 126', exec, /^cannot execute$/],
    ['says nothing', 'exit 1', exec, /^it printed nothing$/],
    ['cannot be started', 'exit 0', () => Promise.reject(new Error('noexec')), /^noexec$/],
  ])('is an error with what to do, and leaves nothing behind: it %s', async (_what, script, run, words) => {
    const program = await put(`#!/bin/sh\n${script}\n`)
    await expect(openHelm(store, program, run)).rejects.toMatchObject({
      code: 'HELM_UNAVAILABLE',
      because: { en: expect.stringMatching(words) },
      fix: { en: expect.stringContaining('TMPDIR') },
    })
    expect(await folders()).toEqual([])
  })

  it('is not told of one that is not in the store', async () => {
    const gone = `sha256:${'0'.repeat(64)}` as Digest
    await expect(openHelm(store, gone, exec)).rejects.toMatchObject({ code: 'ENOENT' })
    expect(await folders()).toEqual([])
  })
})

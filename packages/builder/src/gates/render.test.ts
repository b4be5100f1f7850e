import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import type { BundleChart } from '@edgelift/bundle'
import { exec } from '@edgelift/core'
import { openStore, type Store } from '@edgelift/oci'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openRenderer } from './render.ts'

let folder: string
let store: Store
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'render-'))
  store = await openStore(folder)
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const chart: BundleChart = {
  name: 'c',
  path: 'c.tgz',
  release: 'rel',
  namespace: 'ns',
  values: { psk: { $answer: 'psk' }, level: 1 },
  variants: [{ when: { option: 'more' }, values: { level: 2 } }],
}
const choice = (...options: string[]) => ({ options: new Set(options), facts: new Set<string>() })

/** Helm's part is played by a shell script that shows what it was given. */
const SHOW = `#!/bin/sh
[ "$1" = version ] && exit 0
echo "args: $*"
echo "home: $HELM_CACHE_HOME$HELM_CONFIG_HOME$HELM_DATA_HOME"
echo "secret: $SECRET_OF_CI kubeconfig: $KUBECONFIG proxy: $HTTPS_PROXY"
while [ $# -gt 0 ]; do [ "$1" = --values ] && { cat "$2"; echo; }; shift; done
`

async function rendererOf(script: string) {
  const helm = await store.putBytes(Buffer.from(script))
  return openRenderer({ store, exec, helm, kubeVersion: 'v1.34.2+k3s1' })
}

describe('rendering', () => {
  it('gives helm the values of the choice, the cluster’s version, and nothing of this machine', async () => {
    process.env.SECRET_OF_CI = 'hunter2'
    const packed = await store.putBytes(Buffer.from('chart'))
    await using renderer = await rendererOf(SHOW)
    const rendered = await renderer.render(chart, packed, choice('more'))
    const text = 'text' in rendered ? rendered.text : rendered.reason
    expect(text).toMatch(
      /args: template rel .*\.tgz --namespace ns --values .* --include-crds --skip-tests --kube-version v1\.34\.2\+k3s1/,
    )
    expect(text).toContain('{"psk":"sample-only","level":2}')
    expect(text).toContain('secret:  kubeconfig:  proxy: http://127.0.0.1:9')
    expect(text).not.toContain(os.homedir() === '/' ? '\0' : `home: ${os.homedir()}`)
    delete process.env.SECRET_OF_CI
  })

  it('returns helm’s own words when it fails, without the temporary folder', async () => {
    const packed = await store.putBytes(Buffer.from('chart'))
    await using renderer = await rendererOf(
      '#!/bin/sh\n[ "$1" = version ] && exit 0\necho "Error: $PWD/x.tgz: nil pointer" >&2\nexit 1\n',
    )
    expect(await renderer.render(chart, packed, choice())).toEqual({ reason: 'Error: x.tgz: nil pointer' })
  })

  it('renders the same values once', async () => {
    const packed = await store.putBytes(Buffer.from('chart'))
    await using renderer = await rendererOf(SHOW)
    const [one, two] = [
      renderer.render(chart, packed, choice()),
      renderer.render(chart, packed, choice('other')),
    ]
    expect(two).toBe(one)
    await one
  })

  it('lays a chart down once, so that no helm reads it while it is written again', async () => {
    const packed = await store.putBytes(Buffer.from('chart\n'))
    const mark = '#!/bin/sh\n[ "$1" = version ] && exit 0\necho read >> "$3"\ncat "$3"\n'
    await using renderer = await rendererOf(mark)
    await renderer.render(chart, packed, choice())
    expect(await renderer.render(chart, packed, choice('more'))).toEqual({ text: 'chart\nread\nread\n' })
  })

  it('says so when the archive’s helm does not run on this machine', async () => {
    const packed = await store.putBytes(Buffer.from('chart'))
    const rendering = async (script: string) => {
      await using renderer = await rendererOf(script)
      return await renderer.render(chart, packed, choice())
    }
    await expect(rendering('edgelift-placeholder: helm\n')).rejects.toMatchObject({
      code: 'HELM_UNAVAILABLE',
    })
    await expect(rendering('#!/bin/sh\necho broken >&2\nexit 3\n')).rejects.toMatchObject({
      code: 'HELM_UNAVAILABLE',
      because: { en: 'broken' },
    })
  })
})

describe('what was rendered by an earlier run', () => {
  /** Notes in a file that it ran. */
  const counting = () => `#!/bin/sh\necho "$1" >> ${folder}/runs\necho "kind: $1"\n`
  const runs = async () => (await readFile(path.join(folder, 'runs'), 'utf8')).trim().split('\n')
  async function render(script = counting(), level = 'one', kubeVersion = 'v1.34.2') {
    const helm = await store.putBytes(Buffer.from(script))
    const packed = await store.putBytes(Buffer.from('chart'))
    await using renderer = openRenderer({ store, exec, helm, kubeVersion })
    return await renderer.render({ ...chart, values: { level } }, packed, choice())
  }

  it('is not rendered again, and no helm is run', async () => {
    const first = await render()
    expect(await render()).toEqual(first)
    expect(await runs()).toEqual(['version', 'template'])
  })

  it.each<[string, () => Promise<unknown>]>([
    ['other values', () => render(counting(), 'two')],
    ['another version of Kubernetes', () => render(counting(), 'one', 'v1.34.3')],
    ['another helm', () => render(`${counting()}#\n`)],
  ])('is no answer for %s', async (_what, again) => {
    await render()
    await again()
    expect(await runs()).toHaveLength(4)
  })

  it.each<[string, (memo: string, blob: string) => Promise<unknown>]>([
    ['its text was damaged', (_memo, blob) => writeFile(blob, 'kind: nothing\n')],
    ['its text is gone', (_memo, blob) => rm(blob)],
    ['what is remembered of it was cut', (memo) => writeFile(memo, '{"dig')],
  ])('is rendered again when %s', async (_what, damage) => {
    const first = await render()
    const rendered = path.join(folder, 'rendered')
    const memo = path.join(rendered, String((await readdir(rendered))[0]))
    await damage(memo, store.pathOf(JSON.parse(await readFile(memo, 'utf8')).digest))
    store = await openStore(folder)
    expect(await render()).toEqual(first)
    expect(await runs()).toHaveLength(4)
  })

  it('is rendered again when it failed', async () => {
    const failing = `${counting()}[ "$1" = version ]\n`
    expect(await render(failing)).toHaveProperty('reason')
    await render(failing)
    expect(await runs()).toHaveLength(4)
  })
})

import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, it } from 'vitest'
// @ts-expect-error plain JavaScript, used by the scripts as it is
import { bundleParts } from '../../../scripts/bundling.mjs'

it('holds none of the builder or the OCI client, no HTTP client library, and no path of the machine that built it', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'edgelift-bundled-'))
  try {
    const root = path.resolve(import.meta.dirname, '../../..')
    const output = path.join(folder, 'installer.mjs')
    const modules: string[] = await bundleParts({
      entry: path.join(import.meta.dirname, 'main.ts'),
      output,
    })
    const inside = modules.map((module) => path.relative(root, module))
    expect(inside.filter((module) => /^packages\/(builder|oci)\/|\bundici\b/.test(module))).toEqual([])
    expect(inside.filter((module) => module.startsWith('packages/installer/')).length).toBeGreaterThan(20)
    const callers = await Promise.all(
      inside.map(async (module) => {
        const text = await readFile(path.resolve(root, module), 'utf8').catch(() => '')
        return /from 'node:(http|https|http2|tls)'/.test(text) ? [module] : []
      }),
    )
    // The node's own metaServer, its cloud before it joins, and the API of the cloud's own cluster.
    expect(
      callers
        .flat()
        .filter((module) => module.startsWith('packages/'))
        .sort(),
    ).toEqual([
      'packages/installer/src/inspect/cloud-facts.ts',
      'packages/installer/src/kubeedge/meta-server.ts',
      'packages/installer/src/kubeedge/watches.ts',
      'packages/installer/src/mesh/api.ts',
    ])
    const text = await readFile(output, 'utf8')
    expect(text).not.toContain(root)
    expect(text).not.toMatch(/\bfetch\(\s*['"`]http/)
  } finally {
    await rm(folder, { recursive: true })
  }
})

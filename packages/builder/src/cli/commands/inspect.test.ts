import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { type BundleManifest, formatManifest, formatSums, PATHS } from '@edgelift/bundle'
import { digestOf, hexOf, silent } from '@edgelift/core'
import { expect, it } from 'vitest'
import { inspectCommand } from './inspect.ts'

const SBOM = JSON.stringify({
  serialNumber: 'urn:uuid:1',
  metadata: { tools: { components: [] }, component: { name: 'a', version: '1' } },
  components: [],
})

/** An unpacked archive that holds nothing but its bill of materials. */
async function unpacked(folder: string): Promise<void> {
  const integrity = `sha256-${Buffer.from(hexOf(digestOf(SBOM)), 'hex').toString('base64')}`
  const manifest: BundleManifest = {
    ...{ format: 'edgelift/bundle/v1', name: 'a', role: 'edge', platform: 'linux/amd64' },
    ...{ release: { name: 'a', version: '1' }, lock: digestOf('lock'), edgelift: '1', versions: {} },
    packed: { size: 0, sha256: '0'.repeat(64) },
    files: [
      {
        ...{ path: PATHS.sbom, size: SBOM.length, mode: '0644', integrity },
        ...{ origin: { kind: 'edgelift', version: '1' }, neededBy: [] },
      },
    ],
    ...{ images: [], charts: [], options: [], placeholders: [] },
    settings: { sandboxImage: 'x', testImage: 'x', k3sDisable: [] },
  }
  const files = new Map([
    [PATHS.sbom as string, SBOM],
    [PATHS.manifest, formatManifest(manifest).toString()],
  ])
  const sums = new Map([...files].map(([name, text]) => [name, hexOf(digestOf(text))]))
  files.set(PATHS.sums, formatSums(sums))
  for (const [name, text] of files) await writeFile(path.join(folder, name), text)
}

it('writes the report also where the bill of materials is printed', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'edgelift-inspect-'))
  const report = `${folder}.html`
  try {
    await unpacked(folder)
    const { document } = await inspectCommand(
      { archive: folder, sbom: 'spdx', report },
      {
        ...{
          lang: 'en',
          env: {},
          json: false,
          typed: 'edgelift',
          quiet: true,
          verbose: false,
          report: silent,
        },
        pause: () => () => {},
        signal: new AbortController().signal,
        streams: { stdout: { write: () => {} }, stderr: { write: () => {} } },
      },
    )
    expect(document).toMatchObject({ spdxVersion: 'SPDX-2.3', name: 'a' })
    expect(await readFile(report, 'utf8')).toContain('Audit of an offline bundle')
  } finally {
    await rm(folder, { recursive: true })
    await rm(report, { force: true })
  }
})

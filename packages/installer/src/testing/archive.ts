import path from 'node:path'
import { formatManifest, formatSums, k3sPath, PATHS, type Role, readManifest } from '@edgelift/bundle'
import { digestOf, hexOf } from '@edgelift/core'
import type { BundleDirectory } from '../cli/bundle-directory.ts'
import type { Trial } from './trial.ts'

const ISTIO = ['destinationrules', 'gateways', 'virtualservices'].map(
  (name) => `${PATHS.istioCrds}/${name}.yaml`,
)

/**
 * Lays an unpacked archive without images and charts at `/data`, whole as a builder packs it.
 * @param edited files in it that hold something else than what was packed, or that were not packed
 */
export async function layArchive(
  on: Trial,
  role: Role,
  edited: Readonly<Record<string, string>> = {},
): Promise<BundleDirectory> {
  const packed: Record<string, string> = {
    [PATHS.answers]: '# settings\n',
    ...Object.fromEntries([k3sPath('amd64'), PATHS.keadm, PATHS.helm, ...ISTIO].map((name) => [name, '{}'])),
  }
  const text = formatManifest({
    ...{ format: 'edgelift/bundle/v1', name: `kubeedge-${role}-1.22.0-amd64`, role, platform: 'linux/amd64' },
    ...{ release: { name: 'kubeedge', version: '1.22.0' }, lock: digestOf('lock'), edgelift: '0.1.0' },
    ...{ versions: {}, images: [], charts: [], placeholders: [] },
    packed: { size: 0, sha256: '0'.repeat(64) },
    options: [{ name: 'gateway', title: { en: 'x', zh: 'x' }, default: false }],
    settings: { sandboxImage: 'pause:3.6', testImage: 'busybox:1', k3sDisable: [] },
    files: Object.entries(packed).map(([name, one]) => ({
      ...{ path: name, size: one.length, mode: '0644', neededBy: [] },
      integrity: `sha256-${Buffer.from(hexOf(digestOf(one)), 'hex').toString('base64')}`,
      origin: { kind: 'edgelift', version: '0.1.0' },
    })),
  }).toString()
  const laid = { ...packed, [PATHS.manifest]: text }
  const sums = formatSums(new Map(Object.entries(laid).map(([name, one]) => [name, hexOf(digestOf(one))])))
  for (const [name, one] of Object.entries({ ...laid, [PATHS.sums]: sums, ...edited }))
    await on.put(`/data/${name}`, one)
  return { directory: path.join(on.root, 'data'), manifest: readManifest(Buffer.from(text), PATHS.manifest) }
}

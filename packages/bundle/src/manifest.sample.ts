import { createHash } from 'node:crypto'
import type { BundleFile, BundleManifest } from './manifest.ts'

/** The manifest of an archive with nothing in it, for tests to add what they are about. */
export const sampleManifest: BundleManifest = {
  format: 'edgelift/bundle/v1',
  name: 'a',
  role: 'edge',
  platform: 'linux/amd64',
  release: { name: 'a', version: '1' },
  lock: `sha256:${'0'.repeat(64)}`,
  edgelift: '0.1.0',
  versions: {},
  packed: { size: 0, sha256: '0'.repeat(64) },
  files: [],
  images: [],
  charts: [],
  options: [],
  settings: { sandboxImage: 'x', testImage: 'x', k3sDisable: [] },
  placeholders: [],
}

/** What a manifest says of a file with these bytes. */
export function sampleFile(path: string, bytes: Uint8Array): BundleFile {
  return {
    path,
    size: bytes.length,
    mode: '0644',
    integrity: `sha256-${createHash('sha256').update(bytes).digest('base64')}`,
    origin: { kind: 'edgelift', version: '0' },
    neededBy: [],
  }
}

import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, open, rename, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { exec, mustExec } from '@edgelift/core'
import { type ImageRecipe, imageConfig, writeLayer } from './recipe.ts'

export interface OciArchive {
  /** Goes into `org.opencontainers.image.ref.name` and `io.containerd.image.name`; no name at all when left out. */
  readonly name?: string
  /** Changes a byte of the layer after its digest has been taken. */
  readonly damaged?: boolean
}

/**
 * Writes a tar of an OCI image layout (image-layout.md) for a recipe, whole or with one of the faults of real life. Returns
 * its manifest's digest.
 */
export async function writeOciArchive(
  recipe: ImageRecipe,
  file: string,
  how: OciArchive,
): Promise<{ readonly digest: string }> {
  const folder = await mkdtemp(path.join(path.dirname(file), '.oci-'))
  try {
    const blobs = path.join(folder, 'blobs/sha256')
    await mkdir(blobs, { recursive: true })
    const put = async (bytes: Uint8Array): Promise<{ digest: string; size: number }> => {
      const hash = createHash('sha256').update(bytes).digest('hex')
      await writeFile(path.join(blobs, hash), bytes)
      return { digest: `sha256:${hash}`, size: bytes.length }
    }
    const written = path.join(folder, 'layer.tar')
    const layer = await writeLayer(recipe, written)
    if (how.damaged) await spoil(written, layer.size)
    await rename(written, path.join(blobs, layer.digest.slice('sha256:'.length)))
    const config = await put(imageConfig(recipe, layer.digest))
    const manifest = await put(
      json({
        schemaVersion: 2,
        mediaType: 'application/vnd.oci.image.manifest.v1+json',
        config: { mediaType: 'application/vnd.oci.image.config.v1+json', ...config },
        layers: [{ mediaType: 'application/vnd.oci.image.layer.v1.tar', ...layer }],
      }),
    )
    const annotations = how.name && {
      'io.containerd.image.name': how.name,
      'org.opencontainers.image.ref.name': how.name,
    }
    const listed = {
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      ...manifest,
      ...(annotations && { annotations }),
    }
    await writeFile(path.join(folder, 'index.json'), json({ schemaVersion: 2, manifests: [listed] }))
    await writeFile(path.join(folder, 'oci-layout'), json({ imageLayoutVersion: '1.0.0' }))
    await mustExec(exec, 'tar', ['-C', folder, '-cf', file, 'oci-layout', 'index.json', 'blobs'])
    return { digest: manifest.digest }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function spoil(file: string, size: number): Promise<void> {
  const handle = await open(file, 'r+')
  try {
    await handle.write('X', Math.floor(size / 2))
  } finally {
    await handle.close()
  }
}

function json(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value))
}

// Makes the two programs that are shipped: dist/edgelift.mjs (the builder) and dist/installer.mjs.
import { rename, rm } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { bundleTo } from './bundling.mjs'

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)))

/** Bundles both programs into `dist/`; each appears whole or not at all, whoever else bundles at the same time. */
export async function bundlePrograms() {
  await Promise.all([
    bundleProgram('packages/builder/src/bin.ts', 'edgelift.mjs'),
    bundleProgram('packages/installer/src/bin.ts', 'installer.mjs'),
  ])
}

async function bundleProgram(entry, name) {
  const temporary = path.join(root, 'dist', `.${name}.${process.pid}`)
  try {
    await bundleTo({ entry: path.join(root, entry), output: temporary })
    await rename(temporary, path.join(root, 'dist', name))
  } finally {
    await rm(temporary, { force: true })
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await bundlePrograms()

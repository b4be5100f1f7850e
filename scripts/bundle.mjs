// Makes what is shipped: dist/edgelift.mjs (the builder), dist/installer.mjs, and dist/launcher/ (its shell scripts).
import { chmod, copyFile, mkdir, readdir, rename, rm } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { bundleTo } from './bundling.mjs'

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)))

/** Puts both programs and the launchers into `dist/`; each file appears whole or not at all, whoever else bundles at the same time. */
export async function bundlePrograms() {
  await Promise.all([
    bundleProgram('packages/builder/src/bin.ts', 'edgelift.mjs'),
    bundleProgram('packages/installer/src/bin.ts', 'installer.mjs'),
    copyLaunchers(),
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

async function copyLaunchers() {
  const source = path.join(root, 'packages/installer/launcher')
  const target = path.join(root, 'dist', 'launcher')
  await mkdir(target, { recursive: true })
  for (const name of await readdir(source)) {
    const temporary = path.join(target, `.${name}.${process.pid}`)
    await copyFile(path.join(source, name), temporary)
    await chmod(temporary, 0o755)
    await rename(temporary, path.join(target, name))
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await bundlePrograms()

// Makes what is shipped: dist/edgelift.mjs, the builder with everything that it needs inside.
import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { bundleParts } from './bundling.mjs'
import { isHandbookPage } from './handbook.mjs'
import { licenseTexts } from './license-texts.mjs'

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)))

/**
 * Writes `dist/edgelift.mjs`, which carries the installer, its launchers, the handbook, texts of licences and the shipped releases, and
 * `dist/installer.mjs` beside it, for reading. Each file appears whole or not at all, whoever else bundles at the same time.
 */
export async function bundlePrograms() {
  await mkdir(path.join(root, 'dist'), { recursive: true })
  await bundleProgram('packages/installer/src/main.ts', 'installer.mjs')
  await bundleProgram('packages/builder/src/main.ts', 'edgelift.mjs', await carriedFiles())
}

async function bundleProgram(entry, name, carried) {
  const temporary = path.join(root, 'dist', `.${name}.${process.pid}`)
  try {
    await bundleParts({ entry: path.join(root, entry), output: temporary, carried })
    await rename(temporary, path.join(root, 'dist', name))
  } finally {
    await rm(temporary, { force: true })
  }
}

/** What `packages/builder/src/embedded/files.ts` describes; reads `dist/installer.mjs`, which has to be bundled before. */
export async function carriedFiles() {
  const launchers = await textsIn('packages/installer/launcher', () => true)
  const handbook = await Promise.all(
    ['docs/en', 'docs/zh-CN'].map(async (folder) =>
      (await textsIn(folder, isHandbookPage)).map(([name, text]) => [`${folder}/${name}`, text]),
    ),
  )
  const releases = await textsIn('manifests', (name) => name.endsWith('.yaml') || name.endsWith('.lock.json'))
  return Object.fromEntries([
    ['installer.mjs', await readFile(path.join(root, 'dist', 'installer.mjs'), 'utf8')],
    ...launchers.map(([name, text]) => [`launcher/${name}`, text]),
    ...handbook.flat(),
    ...licenseTexts(),
    ...releases.map(([name, text]) => [`manifests/${name}`, text]),
  ])
}

async function textsIn(folder, isWanted) {
  const names = (await readdir(path.join(root, folder))).filter(isWanted).sort()
  return Promise.all(names.map(async (name) => [name, await readFile(path.join(root, folder, name), 'utf8')]))
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await bundlePrograms()

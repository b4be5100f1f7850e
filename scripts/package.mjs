// Makes what the npm package holds: dist/package. `pnpm pack` and `pnpm publish` run it by themselves.
import { chmod, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { bundlePrograms, carriedFiles } from './bundle.mjs'
import { bundleTo } from './bundling.mjs'
import { thirdPartyNotices } from './third-party.mjs'

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)))

/** The functions of `packages/builder/src/api/contract.ts`, which the package exports. */
const FUNCTIONS = ['lint', 'lock', 'build', 'verify', 'inspect', 'isEdgeliftError']

/** Writes `dist/package`: the whole builder as one module, and in front of it the API, its types and the command line. */
export async function makePackage() {
  await bundlePrograms()
  const folder = path.join(root, 'dist', 'package')
  const temporary = `${folder}.${process.pid}`
  await mkdir(temporary, { recursive: true })
  try {
    const modules = await bundleTo({
      entry: path.join(root, 'packages/builder/src/npm.ts'),
      output: path.join(temporary, 'builder.mjs'),
      carried: await carriedFiles(),
    })
    const contract = await readFile(path.join(root, 'packages/builder/src/api/contract.ts'), 'utf8')
    const declared = FUNCTIONS.map((name) => `export declare const ${name}: Edgelift['${name}']`)
    const files = {
      'index.mjs': `export { ${FUNCTIONS.join(', ')} } from './builder.mjs'\n`,
      'index.d.ts': `${contract}\n${declared.join('\n')}\n`,
      'edgelift.mjs': "#!/usr/bin/env node\nimport { main } from './builder.mjs'\n\nawait main()\n",
      'THIRD-PARTY-LICENSES.txt': await thirdPartyNotices(modules),
    }
    for (const [name, text] of Object.entries(files)) await writeFile(path.join(temporary, name), text)
    await chmod(path.join(temporary, 'edgelift.mjs'), 0o755)
    while (!(await holdsTheSame(folder, temporary))) {
      await rm(folder, { recursive: true, force: true })
      if (await placed(temporary, folder)) break
    }
  } finally {
    await rm(temporary, { recursive: true, force: true })
  }
  return folder
}

/** False where another run of this script has just placed its own. */
async function placed(temporary, folder) {
  try {
    await rename(temporary, folder)
    return true
  } catch (error) {
    if (error.code === 'ENOTEMPTY') return false
    throw error
  }
}

/** What is right already stays, for whoever reads it meanwhile. */
async function holdsTheSame(folder, made) {
  const names = await readdir(made)
  const there = await readdir(folder).catch(() => [])
  if (there.length !== names.length) return false
  const pairs = names.map((name) => [path.join(made, name), path.join(folder, name)])
  const equal = await Promise.all(
    pairs.map(async ([ours, theirs]) =>
      (await readFile(ours)).equals(await readFile(theirs).catch(() => Buffer.alloc(0))),
    ),
  )
  return !equal.includes(false)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await makePackage()

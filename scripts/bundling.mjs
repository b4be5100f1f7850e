// The one way in which this repository's TypeScript becomes a single runnable file.
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { rolldown } from 'rolldown'

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)))

/**
 * Bundles `entry` and everything that it imports, Node's own modules excepted, into `output`.
 * With `fromSource`, `import.meta.dirname` of a source file becomes that file's folder, so that data beside
 * sources is found; what is shipped is bundled without it and so carries no path of the machine that built it.
 * With `carried`, the module `embedded/files.ts` of the builder holds these texts by their paths.
 * @param {{entry: string, output: string, fromSource?: boolean, carried?: Record<string, string>}} options
 * @returns {Promise<string[]>} the ids of the modules inside, as absolute paths
 */
export async function bundleTo({ entry, output, fromSource = false, carried }) {
  const build = await rolldown({
    input: entry,
    platform: 'node',
    cwd: root,
    external: [/^node:/],
    logLevel: 'warn',
    transform: { target: 'node20.20' }, // lowers what Node 20 does not have: `await using`
    plugins: [
      ...(fromSource ? [sourceDirname()] : []),
      ...(carried === undefined ? [] : [carrying(carried)]),
    ],
  })
  try {
    const { output: chunks } = await build.write({ file: output, format: 'esm', codeSplitting: false })
    return chunks.flatMap((chunk) => (chunk.type === 'chunk' ? chunk.moduleIds : []))
  } finally {
    await build.close()
  }
}

function sourceDirname() {
  return {
    name: 'source-dirname',
    transform(code, id) {
      if (!id.startsWith(root) || id.includes('node_modules') || !code.includes('import.meta.dirname'))
        return null
      return { code: code.replaceAll('import.meta.dirname', JSON.stringify(path.dirname(id))), map: null }
    },
  }
}

/** Puts texts into the builder's module for them. */
function carrying(carried) {
  const module = path.join(root, 'packages/builder/src/embedded/files.ts')
  return {
    name: 'carried-files',
    load: (id) =>
      id === module ? { code: `export const FILES = ${JSON.stringify(carried)}`, moduleType: 'js' } : null,
  }
}

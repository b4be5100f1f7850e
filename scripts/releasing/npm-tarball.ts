import { readdir, readFile, stat } from 'node:fs/promises'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import { tarOf } from './tar.ts'

/** What npm packs whether `files` names it or not. */
const ALWAYS = ['LICENSE', 'README.md', 'README.zh-CN.md']

/**
 * The npm package's tarball, byte for byte the same wherever it is made; `npm pack` makes one with the same files.
 * Reads `dist/package`, which scripts/package.mjs makes.
 */
export async function npmTarball(root: string): Promise<Buffer> {
  const {
    scripts: _,
    devDependencies: __,
    ...published
  } = JSON.parse(await readFile(path.join(root, 'package.json'), 'utf8')) as {
    files: string[]
    scripts: unknown
    devDependencies: unknown
  }
  const names = (
    await Promise.all([...published.files, ...ALWAYS].map((name) => filesBelow(root, name)))
  ).flat()
  const files = await Promise.all(
    names.map(async (name) => ({
      path: `package/${name}`,
      mode: (await stat(path.join(root, name))).mode & 0o100 ? 0o755 : 0o644,
      bytes: await readFile(path.join(root, name)),
    })),
  )
  const json = Buffer.from(`${JSON.stringify(published, null, 2)}\n`)
  const all = [...files, { path: 'package/package.json', mode: 0o644, bytes: json }]
  return gzipSync(tarOf(all.sort((a, b) => (a.path < b.path ? -1 : 1))), { level: 9 })
}

async function filesBelow(root: string, name: string): Promise<string[]> {
  if (!(await stat(path.join(root, name))).isDirectory()) return [name]
  return (await readdir(path.join(root, name))).map((file) => `${name}/${file}`)
}

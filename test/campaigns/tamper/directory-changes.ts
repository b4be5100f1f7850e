import { chmod, chown, mkdir, readFile, rename, rm, symlink, truncate, writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { Random } from '../random.ts'

/** Changes an unpacked directory. */
export type DirectoryChange = (
  directory: string,
  random: Random,
  listing: { readonly files: readonly string[]; readonly folders: readonly string[] },
) => Promise<void>

const anything = ['files', 'folders'] as const
const NOBODY = 65_534

export const DIRECTORY_CHANGES: Readonly<Record<string, DirectoryChange>> = {
  'one bit of a file': async (directory, random, { files }) => {
    const place = path.join(directory, random.pick(files))
    const bytes = await readFile(place)
    if (bytes.length === 0) return writeFile(place, 'x')
    const at = random.below(bytes.length)
    bytes[at] = (bytes[at] ?? 0) ^ (1 << random.below(8))
    await writeFile(place, bytes)
  },
  'a file longer or shorter': async (directory, random, { files }) => {
    const place = path.join(directory, random.pick(files))
    const { length } = await readFile(place)
    await truncate(place, length === 0 || random.chance(0.5) ? length + 1 + random.below(5_000) : length - 1)
  },
  'a file removed': async (directory, random, { files }) => rm(path.join(directory, random.pick(files))),
  'a file renamed': async (directory, random, { files }) => {
    const name = random.pick(files)
    await rename(
      path.join(directory, name),
      path.join(directory, `${name}${random.pick(['~', '.bak', ' '])}`),
    )
  },
  'a file more': async (directory, random, { folders }) =>
    writeFile(path.join(directory, random.pick(['', ...folders]), `.more-${random.below(1e6)}`), ''),
  'a folder more': async (directory, random, { folders }) =>
    void (await mkdir(path.join(directory, random.pick(['', ...folders]), `more-${random.below(1e6)}`))),
  'a file behind a link': async (directory, random, { files }) => {
    const place = path.join(directory, random.pick(files))
    await rename(place, `${directory}.moved`)
    await symlink(`${directory}.moved`, place)
  },
  'a folder behind a link': async (directory, random, { folders }) => {
    const place = path.join(directory, random.pick(folders))
    await rename(place, `${directory}.moved`)
    await symlink(`${directory}.moved`, place)
  },
  'setuid, setgid or sticky': async (directory, random, { files }) => {
    const place = path.join(directory, random.pick(files))
    await chmod(place, random.pick([0o4755, 0o2755, 0o1755, 0o4644, 0o6755]))
  },
  'written by others': async (directory, random, listing) => {
    const place = path.join(directory, random.pick(listing[random.pick(anything)]))
    await chmod(place, random.pick([0o777, 0o775, 0o757, 0o722]))
  },
  'executable or no more': async (directory, random, { files }) => {
    const name = random.pick(files)
    await chmod(path.join(directory, name), name.startsWith('bin/') ? 0o644 : 0o755)
  },
  "another user's": async (directory, random, listing) => {
    const place = path.join(directory, random.pick(listing[random.pick(anything)]))
    await chown(place, NOBODY, random.below(3))
  },
}

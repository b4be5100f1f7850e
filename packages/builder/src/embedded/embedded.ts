import { carriedFiles } from './files.ts'

/** The text of a file that the builder carries; undefined where it carries none of that path. */
export function embeddedFile(path: string): string | undefined {
  const files = carriedFiles()
  return Object.hasOwn(files, path) ? files[path] : undefined
}

/** The files that the builder carries below `folder`, their paths relative to it, sorted. */
export function embeddedFolder(folder: string): ReadonlyMap<string, string> {
  const prefix = `${folder}/`
  const found = Object.entries(carriedFiles()).filter(([path]) => path.startsWith(prefix))
  return new Map(
    found
      .map(([path, text]): [string, string] => [path.slice(prefix.length), text])
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  )
}

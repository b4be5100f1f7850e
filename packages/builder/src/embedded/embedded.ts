import { carriedFile, carriedPaths } from './files.ts'

/** The text of a file that the builder carries; undefined where it carries none of that path. */
export function embeddedFile(path: string): string | undefined {
  return carriedFile(path)
}

/** The files that the builder carries below `folder`, their paths relative to it, sorted. */
export function embeddedFolder(folder: string): ReadonlyMap<string, string> {
  const prefix = `${folder}/`
  const found = carriedPaths().filter((path) => path.startsWith(prefix))
  return new Map(
    found.sort().map((path): [string, string] => [path.slice(prefix.length), carriedFile(path) ?? '']),
  )
}

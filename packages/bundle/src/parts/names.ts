import { stat } from 'node:fs/promises'

/** The most parts of an archive: their names have three digits. */
export const MAX_PARTS = 999

/** `<archive>.part001` and on. */
export function partName(archive: string, number: number): string {
  return `${archive}.part${String(number).padStart(3, '0')}`
}

/** The list of an archive's parts, which `sha256sum -c` reads. */
export function partsList(archive: string): string {
  return `${archive}.parts.sha256`
}

/** The archive's name, given it or that of a part, of the list or of the list's signature. */
export function archiveName(where: string): string {
  return where.replace(/\.(part\d{3}|parts\.sha256(\.minisig)?)$/, '')
}

/** Those of these file names that are parts of the archive of this name, each with its number. */
export function partsAmong(
  names: Iterable<string>,
  archive: string,
): { readonly name: string; readonly number: number }[] {
  return [...names].flatMap((name) => {
    const [, number] = /\.part(\d{3})$/.exec(name) ?? []
    return number !== undefined && archiveName(name) === archive ? [{ name, number: Number(number) }] : []
  })
}

/** The list of the parts that `where` stands for: one of them, the list, or an archive that lies here only in parts. */
export async function partsListAt(where: string): Promise<string | undefined> {
  const archive = archiveName(where)
  if (archive !== where) return partsList(archive)
  return !(await isThere(where)) && (await isThere(partsList(where))) ? partsList(where) : undefined
}

async function isThere(file: string): Promise<boolean> {
  return (await stat(file).catch(() => undefined)) !== undefined
}

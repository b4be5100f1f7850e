/** Bytes of one name, as Linux's NAME_MAX: no file system of a node holds a longer one. */
const NAME_LIMIT = 255
/** Characters of a path in an archive. */
export const PATH_LIMIT = 1024

export const ARCHIVE_NAME_WORDS = 'an archive name: at most 220 letters, digits, ".", "+", "_" and "-"'
/** The suffixes of archives, parts, deltas and signatures still fit into a file's name. */
const ARCHIVE_NAME = /^[A-Za-z0-9][A-Za-z0-9.+_-]{0,219}$/

export const VERSION_WORDS = 'a version: at most 100 letters, digits, ".", "+", "_" and "-"'
/** A release's version stands in the names of delta archives, and in lines of text. */
export const VERSION = /^[A-Za-z0-9][A-Za-z0-9.+_-]{0,99}$/

/** Whether an archive may be called so: its top directory, and its file with a suffix. */
export function isArchiveName(name: string): boolean {
  return ARCHIVE_NAME.test(name)
}

/**
 * Whether a path may stand in an archive: relative, `/` between parts, no empty, `.` or `..` part, no backslash, no
 * control character and no blank in front (which checksum lists and terminals read in their own ways), no name that is too long
 * for a file system.
 */
export function isSafePath(path: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused
  if (path === '' || path.length > PATH_LIMIT || /^\s|[\\\u0000-\u001f\u007f\u2028\u2029]/.test(path))
    return false
  return path
    .split('/')
    .every((part) => part !== '' && part !== '.' && part !== '..' && Buffer.byteLength(part) <= NAME_LIMIT)
}

/**
 * The same text for paths that some medium takes for one. Media that couriers use (FAT, exFAT, NTFS, APFS) do not tell names
 * apart that differ in case or in Unicode's forms alone, and Windows drops dots and blanks at the end of a name. Upper case of
 * lower case folds what one of them leaves apart (`ſ`, `ς`, `ß`).
 */
export function foldedPath(path: string): string {
  return path
    .normalize('NFC')
    .toLowerCase()
    .toUpperCase()
    .normalize('NFC')
    .split('/')
    .map((name) => name.replace(/(?<![. ])[. ]+$/, ''))
    .join('/')
}

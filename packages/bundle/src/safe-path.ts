/**
 * Whether a path may stand in an archive: relative, `/` between parts, no empty, `.` or `..` part, no backslash and
 * no control character (which checksum lists and terminals read in their own ways).
 */
export function isSafePath(path: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused
  if (path === '' || path.length > 1024 || /[\\\u0000-\u001f\u007f]/.test(path)) return false
  return path.split('/').every((part) => part !== '' && part !== '.' && part !== '..')
}

/**
 * Content that only stands for the real thing: what the embedded upstream serves where no public package carries the
 * real one. It says so itself, so that the lock can mark it, the manifest list it, and the installer refuse it.
 */

/** What follows it is the name of what the content stands for. */
export const PLACEHOLDER_MARK = 'edgelift-placeholder: '

/** The label in an image's configuration; its value is the reference that the image stands for. */
export const PLACEHOLDER_LABEL = 'io.edgelift.placeholder'

/** As many bytes of a file are enough for {@link isPlaceholderFile}. */
export const PLACEHOLDER_HEAD = 256

/**
 * Whether a file that begins with these bytes is a placeholder: its first line, or the second one below `#!`, is the mark
 * and a name, as such or as a comment with `# `. A packed chart is one when its `Chart.yaml` is.
 */
export function isPlaceholderFile(firstBytes: Uint8Array): boolean {
  const lines = Buffer.from(firstBytes.subarray(0, PLACEHOLDER_HEAD)).toString('latin1').split('\n')
  const line = (lines[0]?.startsWith('#!') ? lines[1] : lines[0]) ?? ''
  return line.startsWith(PLACEHOLDER_MARK) || line.startsWith(`# ${PLACEHOLDER_MARK}`)
}

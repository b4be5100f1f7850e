import { TAR_END, tarHeader, tarPadding } from '@edgelift/core'

export interface TarFile {
  readonly path: string
  readonly mode: number
  /** Undefined: a folder. */
  readonly bytes?: Uint8Array
}

/** A tar of these entries, in their order: no times, no owners, so the same files give the same bytes. */
export function tarOf(files: readonly TarFile[]): Buffer {
  const blocks = files.flatMap(({ path, mode, bytes }) => {
    const size = bytes?.length ?? 0
    const header = tarHeader({ path, type: bytes === undefined ? 'directory' : 'file', size, mode })
    return [header, bytes ?? Buffer.alloc(0), TAR_END.subarray(0, tarPadding(size))]
  })
  return Buffer.concat([...blocks, TAR_END])
}

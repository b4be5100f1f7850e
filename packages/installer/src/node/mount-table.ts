import { type Host, readHostFile } from './host.ts'

/** A line of proc_pid_mountinfo(5), as far as it is used here. */
export interface Mount {
  readonly place: string
  readonly device: string
  /** The folder of its file system that is mounted: not `/` for a bind mount. */
  readonly folder: string
  /** Of the mount, and of the file system behind it. */
  readonly options: readonly string[]
}

/** What is mounted here; empty where the kernel does not say. */
export async function mountTable(host: Host): Promise<Mount[]> {
  return parseMounts((await readHostFile(host, '/proc/self/mountinfo')) ?? '')
}

/** @param text of /proc/self/mountinfo */
export function parseMounts(text: string): Mount[] {
  return text.split('\n').flatMap((line) => {
    const [head = '', tail = ''] = line.split(' - ')
    const [, , device, folder, place, own = ''] = head.split(' ')
    const [, , behind = ''] = tail.split(' ')
    if (!device || !folder || !place) return []
    const options = [...new Set([...own.split(','), ...behind.split(',')])]
    return [{ device, folder: unescaped(folder), place: unescaped(place), options }]
  })
}

/** Bytes stand as octal escapes in proc_pid_mountinfo(5) and fstab(5): blanks and backslashes at least. */
export function unescaped(text: string): string {
  return text.replace(/(?:\\[0-7]{3})+/g, (escapes) =>
    Buffer.from(
      escapes
        .slice(1)
        .split('\\')
        .map((octal) => Number.parseInt(octal, 8)),
    ).toString(),
  )
}

/** The mount that a path lies on: the deepest one, and of several at one place the last. */
export function mountOf(path: string, mounts: readonly Mount[]): Mount | undefined {
  const above = mounts.filter(({ place }) => place === '/' || path === place || path.startsWith(`${place}/`))
  return above.reduce<Mount | undefined>(
    (deepest, one) => (deepest === undefined || one.place.length >= deepest.place.length ? one : deepest),
    undefined,
  )
}

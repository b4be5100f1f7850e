import { readdir, readFile, readlink } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { foundIn, type Secret } from './planted.ts'

const unzip = promisify(gunzip)

/** Every place below a folder that holds a secret: names, contents, links' targets, and what is inside of gzip. */
export async function searchFolder(folder: string, secrets: readonly Secret[]): Promise<string[]> {
  const problems: string[] = []
  const told = (where: string, names: readonly string[]): void => {
    for (const name of names) problems.push(`${name} in ${where}`)
  }
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const file = path.join(entry.parentPath, entry.name)
    const where = path.relative(folder, file)
    told(`the name of ${where}`, foundIn(Buffer.from(entry.name), secrets))
    if (entry.isSymbolicLink())
      told(`the target of ${where}`, foundIn(Buffer.from(await readlink(file)), secrets))
    if (!entry.isFile()) continue
    const bytes = await readFile(file)
    told(where, foundIn(bytes, secrets))
    told(`the content of ${where}`, foundIn(await insideGzip(bytes), secrets))
  }
  return problems
}

/** What gzip holds; nothing for other bytes, and for what a killed build has cut off. */
export async function insideGzip(bytes: Buffer): Promise<Buffer> {
  const isGzip = bytes[0] === 0x1f && bytes[1] === 0x8b
  return isGzip ? await unzip(bytes).catch(() => Buffer.alloc(0)) : Buffer.alloc(0)
}

export interface Sample {
  /** Ends the sampling; what was found in arguments and environments. */
  end(): Promise<string[]>
}

/**
 * Looks at the arguments and environments of a process and of all its descendants until it is told to end.
 * @param secrets.given what the caller itself has put into the environment
 * @param every milliseconds between two looks
 */
export function sampleProcesses(
  pid: number,
  secrets: { readonly all: readonly Secret[]; readonly given: readonly Secret[] },
  every = 3,
): Sample {
  const found = new Set<string>()
  const hidden = secrets.all.filter((secret) => !secrets.given.includes(secret))
  let running = true
  const look = async (): Promise<void> => {
    for (const one of await descendants(pid)) {
      for (const name of foundIn(await procFile(one, 'cmdline'), secrets.all))
        found.add(`${name} in arguments`)
      for (const name of foundIn(await procFile(one, 'environ'), hidden))
        found.add(`${name} in an environment`)
    }
  }
  const loop = (async () => {
    while (running) {
      await look()
      await new Promise((resolve) => setTimeout(resolve, every))
    }
  })()
  return {
    async end() {
      running = false
      await loop
      return [...found]
    },
  }
}

async function descendants(pid: number): Promise<number[]> {
  const text = (await procFile(pid, `task/${pid}/children`)).toString().trim()
  const children = text === '' ? [] : text.split(' ').map(Number)
  return [pid, ...(await Promise.all(children.map(descendants))).flat()]
}

function procFile(pid: number, name: string): Promise<Buffer> {
  return readFile(`/proc/${pid}/${name}`).catch(() => Buffer.alloc(0)) // it has ended
}

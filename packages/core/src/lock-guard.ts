import { createHash } from 'node:crypto'
import { realpath } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { isErrno } from './errors.ts'

/**
 * A short exclusive right, which the kernel takes back when its owner dies in whatever way: an abstract Unix socket
 * (unix(7)) named after the path. Nothing lies on a disk, so there is nothing that a dead owner could leave.
 * @returns undefined when somebody else has it at this moment
 */
export async function takeGuard(file: string): Promise<{ release(): Promise<void> } | undefined> {
  const folder = await realpath(path.dirname(file))
  const id = createHash('sha256')
    .update(path.join(folder, path.basename(file)))
    .digest('hex')
  const address =
    process.platform === 'linux' ? `\0edgelift-${id}` : path.join(tmpdir(), `edgelift-${id.slice(0, 32)}`)
  const server = createServer((connection) => connection.destroy())
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen({ path: address, exclusive: true }, resolve)
    })
  } catch (error) {
    if (isErrno(error, 'EADDRINUSE')) return undefined
    throw error
  }
  return { release: () => new Promise((resolve) => server.close(() => resolve())) }
}

// Loaded into a program before it starts (--import): keeps a copy of what each fsync makes lasting, so that the disk can be
// put back to what a power loss would have left. EDGELIFT_LASTING names the folder of these copies.
import { copyFile, mkdir, open, readdir, readlink, rename, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'

const folder = process.env.EDGELIFT_LASTING

export async function keepFile(file, inode) {
  const copy = path.join(folder, 'files', String(inode))
  const temporary = `${copy}.${process.pid}.${Math.random()}`
  await mkdir(path.dirname(copy), { recursive: true })
  await copyFile(file, temporary)
  await rename(temporary, copy)
}

export async function keepFolder(place, inode) {
  const entries = []
  for (const name of await readdir(place)) {
    const found = await stat(path.join(place, name)).catch(() => undefined)
    if (found !== undefined) entries.push([name, found.ino])
  }
  const list = path.join(folder, 'folders', String(inode))
  await mkdir(path.dirname(list), { recursive: true })
  await writeFile(`${list}.new`, JSON.stringify(entries))
  await rename(`${list}.new`, list)
}

if (folder !== undefined) {
  const handle = await open('/dev/null')
  const prototype = Object.getPrototypeOf(handle)
  await handle.close()
  for (const name of ['sync', 'datasync']) {
    const real = prototype[name]
    prototype[name] = async function lasting() {
      await real.call(this)
      const found = await this.stat()
      const place = await readlink(`/proc/self/fd/${this.fd}`)
      if (found.isDirectory()) await keepFolder(place, found.ino)
      else if (found.isFile()) await keepFile(`/proc/self/fd/${this.fd}`, found.ino)
    }
  }
}

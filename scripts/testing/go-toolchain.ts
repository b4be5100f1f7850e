import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { chmod, mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { exec, hashFile, mustExec, temporaryBeside } from '@edgelift/core'
import { download, memorySink, openTransport, redact, redactUrl } from '@edgelift/oci'
import { testCache } from '../../test/support/kubernetes/parts.ts'
import { installDebianPackages } from './debian-packages.ts'
import { reasonOf } from './reason-of.ts'

/** What the modules under test/ need; go.mod files name no newer one. */
const VERSION = '1.26.8'
/** The sums of the module golang.org/toolchain, as Go's checksum database has them. */
const SUMS: Readonly<Record<string, string>> = {
  x64: 'h1:ZOmGe1OnfREDMIdb1Qi4G9JSuDPBLGExZMQ4nis1RXM=',
  arm64: 'h1:sYL/O6MqS68ML0kjsQ36WoYIpJqkw60TxizWUYUKQMc=',
}

/**
 * Puts a Go that builds the modules under test/ into the PATH of this process: the machine's own, or the one that the Go
 * module proxy (`GOPROXY`) carries, kept in the test cache.
 * @returns why there is none, for people
 */
export async function provideGo(say: (text: string) => void): Promise<string | undefined> {
  if (await isEnough()) return undefined
  const folder = path.join(testCache(), 'go', VERSION)
  try {
    if (!existsSync(folder)) {
      say(`fetching Go ${VERSION} from the Go module proxy\n`)
      await fetchGo(folder)
    }
  } catch (error) {
    return `Go ${VERSION} or newer is needed, and the Go module proxy does not give it: ${reasonOf(error as Error)}`
  }
  process.env.PATH = `${path.join(folder, 'bin')}:${process.env.PATH}`
  return undefined
}

/** Whether `go` is new enough, or (from 1.21 on) fetches by itself what a go.mod asks for. */
async function isEnough(): Promise<boolean> {
  const version = await exec('go', ['env', 'GOVERSION', 'GOTOOLCHAIN']).catch(() => undefined)
  const [, minor, mode] = /^go1\.(\d+)\S*\n(\S*)/.exec(version?.stdout ?? '') ?? []
  if (minor === undefined) return false
  const needed = Number(VERSION.split('.')[1])
  // `path` and `local` fetch nothing, nor does the name of one toolchain (go.dev/doc/toolchain).
  const fetches = Number(minor) >= 21 && /^(auto|\S+\+auto)$/.test(mode ?? '')
  return Number(minor) >= needed || fetches
}

async function fetchGo(folder: string): Promise<void> {
  const sum = SUMS[process.arch]
  if (sum === undefined) throw new Error(`no toolchain is known for ${process.arch}`)
  const architecture = process.arch === 'x64' ? 'amd64' : process.arch
  const name = `v0.0.1-go${VERSION}.linux-${architecture}`
  const proxy = await moduleProxy()
  const work = temporaryBeside(folder)
  await mkdir(work, { recursive: true })
  try {
    const zip = path.join(work, 'toolchain.zip')
    const { base, authorization } = withoutUserinfo(proxy)
    const url = `${base}/golang.org/toolchain/@v/${name}.zip`
    const sink = memorySink()
    // Go takes a module from plain HTTP too where GOPROXY says so: its sum is what is trusted.
    await using transport = openTransport({ env: process.env, plainHttp: [new URL(proxy).host] })
    await download({ url, sink, transport, label: redactUrl(url), authorization })
    await writeFile(zip, sink.bytes())
    await mustExec(exec, 'unzip', ['-q', zip, '-d', work])
    await rm(zip)
    const found = await moduleSum(work)
    if (found !== sum) throw new Error(`${redactUrl(url)} has the sum ${found}; expected ${sum}`)
    const toolchain = path.join(work, 'golang.org', `toolchain@${name}`)
    await makeExecutable(toolchain)
    await rename(toolchain, folder)
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

/** Go sends the user and password of a proxy's URL as basic authentication; undici sends no userinfo by itself. */
function withoutUserinfo(proxy: string): { base: string; authorization?: string } {
  const url = new URL(proxy)
  const [user, password] = [decodeURIComponent(url.username), decodeURIComponent(url.password)]
  url.username = url.password = ''
  const base = url.href.replace(/\/$/, '')
  if (user === '' && password === '') return { base }
  return { base, authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` }
}

/** The first proxy in `GOPROXY`, or in what a Go says that is too old to build with: any Debian has one. */
async function moduleProxy(): Promise<string> {
  let list = process.env.GOPROXY ?? ''
  if (list === '') {
    if ((await exec('go', ['version']).catch(() => undefined)) === undefined) {
      const problem = await installDebianPackages(['golang-go'])
      if (problem !== undefined) throw new Error(`GOPROXY names no module proxy, and ${problem}`)
    }
    list = await mustExec(exec, 'go', ['env', 'GOPROXY'])
  }
  const proxy = /^https?:[^,|\s]+/.exec(list)?.[0]
  if (proxy === undefined) throw new Error(`GOPROXY begins with no module proxy: ${redact(list.trim())}`)
  return proxy
}

/** The `h1:` sum of a module's files (golang.org/x/mod/sumdb/dirhash): SHA-256 over the sums of all of them, sorted. */
export async function moduleSum(folder: string): Promise<string> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
  const names = files.map((file) => path.relative(folder, file)).sort((a, b) => (a < b ? -1 : 1))
  const hash = createHash('sha256')
  for (const name of names) {
    const { sha256 } = await hashFile(path.join(folder, name))
    hash.update(`${sha256}  ${name}\n`)
  }
  return `h1:${hash.digest('base64')}`
}

/** The ZIP of a module keeps no modes. */
async function makeExecutable(toolchain: string): Promise<void> {
  for (const folder of ['bin', 'pkg/tool']) {
    const entries = await readdir(path.join(toolchain, folder), { recursive: true, withFileTypes: true })
    for (const entry of entries) {
      if (entry.isFile()) await chmod(path.join(entry.parentPath, entry.name), 0o755)
    }
  }
}

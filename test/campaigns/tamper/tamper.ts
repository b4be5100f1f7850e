import { execFileSync } from 'node:child_process'
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { signHash, signingHash, verifyArchive, verifyDirectory } from '@edgelift/bundle'
import { digestOf, EdgeliftError, EXIT, hexOf } from '@edgelift/core'
import type { Campaign } from '../campaign.ts'
import { runCases } from '../cases.ts'
import { type Random, randomOf } from '../random.ts'
import { ARCHIVE_CHANGES, OTHER } from './archive-changes.ts'
import { DIRECTORY_CHANGES } from './directory-changes.ts'
import { FILES, packSample, SIGNER, TOP } from './sample.ts'

/** The settings may be edited, which is named and not refused; records are among the files. */
const LISTING = {
  files: [...FILES.keys(), 'manifest.json', 'SHA256SUMS', 'SHA256SUMS.minisig'].filter(
    (name) => name !== 'install.yaml',
  ),
  folders: ['bin', 'docs', 'docs/long', 'images'],
}

interface Samples {
  readonly archive: Buffer
  readonly directory: string
  /** Where a case puts its archive. */
  readonly place: string
}

/** Prepares one case and returns what verifies it. */
type Case = (
  samples: Samples,
  random: Random,
) => Promise<() => Promise<{ problems: readonly EdgeliftError[] }>>

const ofArchive =
  (change: (archive: Buffer, random: Random) => Promise<Buffer>): Case =>
  async ({ archive, place }, random) => {
    await writeFile(place, await change(archive, random))
    return () => verifyArchive(place, { publicKey: SIGNER })
  }

const ofDirectory =
  (change: (typeof DIRECTORY_CHANGES)[string]): Case =>
  async ({ directory, place }, random) => {
    const copy = path.join(path.dirname(place), TOP)
    await cp(directory, copy, { recursive: true, mode: 0 })
    await change(copy, random, LISTING)
    return () => verifyDirectory(copy, { publicKey: SIGNER })
  }

const CASES: Readonly<Record<string, Case>> = {
  ...mapped(ARCHIVE_CHANGES, (name) => `archive: ${name}`, ofArchive),
  ...mapped(DIRECTORY_CHANGES, (name) => `directory: ${name}`, ofDirectory),
  'archive: everything exchanged, signed by another key': async ({ place }, random) => {
    const files = new Map([...FILES, ['README.txt', Buffer.from(`${random.below(1e9)}`)]])
    await packSample(place, { files, key: random.chance(0.5) ? OTHER : { ...OTHER, id: SIGNER.id } })
    return () => verifyArchive(place, { publicKey: SIGNER })
  },
  'beside: another checksum': async ({ archive, place }, random) => {
    await writeFile(place, archive)
    const sum = hexOf(digestOf(`${random.below(1e9)}`))
    await writeFile(`${place}.sha256`, `${sum}  ${path.basename(place)}\n`)
    return () => verifyArchive(place, { publicKey: SIGNER })
  },
  'beside: the signature of another archive': async ({ archive, place }, random) => {
    await writeFile(place, archive)
    const hash = signingHash()
      .update(`${random.below(1e9)}`)
      .digest()
    await writeFile(`${place}.minisig`, signHash(hash, SIGNER, path.basename(place)))
    return () => verifyArchive(place, { publicKey: SIGNER })
  },
}

export const tamper: Campaign = {
  name: 'tamper',
  claim: {
    en: 'One change to a signed archive, to what lies beside it, or to its unpacked directory (contents, entries, headers, gzip borders, names, owners, modes): `verify --pubkey` refuses it with exit code 4.',
    zh: '对已签名的离线包、其随附文件或解包后的目录做一处修改（内容、条目、文件头、gzip 分段、名称、属主、权限）：`verify --pubkey` 以退出码 4 拒绝。',
  },
  short: 120,
  async run(options) {
    const samples = await prepare(options.folder)
    return await runCases(options, { every: 500 }, async (seed) => {
      const random = randomOf(seed)
      const name = random.pick(Object.keys(CASES))
      const found = await outcome(CASES[name] as Case, samples, random)
      return found === 'refused' ? { outcomes: [name] } : { outcomes: [], failure: `${name}: ${found}` }
    })
  },
}

async function prepare(folder: string): Promise<Samples> {
  const file = path.join(folder, 'sample.tar.gz')
  await packSample(file)
  execFileSync('tar', ['xzf', file, '-C', folder])
  await mkdir(path.join(folder, 'case'))
  const samples = {
    archive: await readFile(file),
    directory: path.join(folder, TOP),
    place: path.join(folder, 'case', 'x.tar.gz'),
  }
  const whole = [await verifyArchive(file, { publicKey: SIGNER }), await verifyDirectory(samples.directory)]
  if (whole.some(({ problems }) => problems.length > 0)) throw new Error('the sample itself is refused')
  return samples
}

/** What `verify` says of a case: `refused`, or what it said in place of that. */
async function outcome(make: Case, samples: Samples, random: Random): Promise<string> {
  const folder = path.dirname(samples.place)
  try {
    const verify = await make(samples, random)
    const { problems } = await verify()
    if (problems.length === 0) return 'accepted'
    return problems.every((one) => one.exit === EXIT.integrity) ? 'refused' : `exit ${problems[0]?.exit}`
  } catch (error) {
    if (!(error instanceof EdgeliftError)) return `crash: ${String(error)}`
    return error.exit === EXIT.integrity ? 'refused' : `${error.code}, exit ${error.exit}`
  } finally {
    await rm(folder, { recursive: true, force: true })
    await rm(path.join(path.dirname(folder), `${TOP}.moved`), { recursive: true, force: true })
    await mkdir(folder)
  }
}

function mapped<T>(
  changes: Readonly<Record<string, T>>,
  nameOf: (name: string) => string,
  make: (change: T) => Case,
): Record<string, Case> {
  return Object.fromEntries(Object.entries(changes).map(([name, change]) => [nameOf(name), make(change)]))
}

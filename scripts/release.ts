import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { readSecretKey } from '@edgelift/bundle'
import { EdgeliftError, exec, formatError, mustExec, silent } from '@edgelift/core'
import { asEdgeliftError } from '@edgelift/core/cli'
import { defaultStoreRoot, openStore } from '@edgelift/oci'
import { load } from 'js-yaml'
import { loadConfig } from '../packages/builder/src/config.ts'
import { openNetwork } from '../packages/builder/src/network.ts'
import { artefactNames, writeArtefacts } from './releasing/artefacts.ts'
import { repositoryProblem } from './releasing/repository.ts'
import { newestVersion } from './releasing/version.ts'
import { typed } from './typed.ts'

const HELP = `usage: ./scripts/release [--dry-run] [--unreleased] [--out DIR] [--sign KEYFILE] [--base IMAGE] [--store DIR] [--config FILE]

Makes the files of the version that CHANGELOG.md names first: the one-file builder, the npm package, container images (OCI layout
and docker archive in one tar), man pages, shell completions, SHA256SUMS. The same commit and base image give the same bytes.

  --dry-run      check the version and print the files; write nothing
  --unreleased   accept a changelog entry without a date
  --out DIR      where the files go (dist/release)
  --sign FILE    sign SHA256SUMS with this minisign secret key (edgelift keygen)
  --base IMAGE   base of the container image; default: the image from which archives take their Node.js
  --store DIR, --config FILE   as for edgelift
`

const root = path.dirname(import.meta.dirname)

async function main(): Promise<number> {
  const config = {
    options: {
      'dry-run': { type: 'boolean', default: false },
      unreleased: { type: 'boolean', default: false },
      out: { type: 'string', default: path.join(root, 'dist/release') },
      sign: { type: 'string' },
      base: { type: 'string' },
      store: { type: 'string' },
      config: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  } as const
  const { values } = typed(config, HELP)
  if (values.help) {
    process.stdout.write(HELP)
    return 0
  }
  const { version, date } = newestVersion(await readFile(path.join(root, 'CHANGELOG.md'), 'utf8'))
  const { version: packed, repository } = JSON.parse(
    await readFile(path.join(root, 'package.json'), 'utf8'),
  ) as {
    version: string
    repository: { url: string }
  }
  if (packed !== version) return refuse(`CHANGELOG.md names ${version}, package.json ${packed}`)
  if (date === undefined && !values.unreleased && !values['dry-run'])
    return refuse(`CHANGELOG.md calls ${version} unreleased: give it a date, or pass --unreleased`)
  const names = [...artefactNames(version), 'SHA256SUMS', ...(values.sign ? ['SHA256SUMS.minisig'] : [])]
  const problem = repositoryProblem(repository.url, { env: process.env, remote: await remote() })
  if (problem !== undefined) process.stderr.write(`warning: ${problem}\n`)
  const key = values.sign === undefined ? undefined : await readSecretKey(values.sign)
  const base = values.base ?? (await runtimeImage())
  process.stdout.write(`edgelift ${version} (${date ?? 'unreleased'}), image based on ${base}\n`)
  if (!values['dry-run']) {
    const store = await openStore(values.store ?? defaultStoreRoot(process.env), silent)
    const { signal } = new AbortController()
    await using network = openNetwork(await loadConfig(values.config), {
      env: process.env,
      report: silent,
      signal,
    })
    const { registry } = network
    const out = path.resolve(values.out)
    await writeArtefacts({ root, out, version, base, registry, store, ...(key === undefined ? {} : { key }) })
  }
  for (const name of names) process.stdout.write(`  ${path.join(values.out, name)}\n`)
  process.stdout.write(
    values['dry-run']
      ? 'nothing was written\n'
      : `next: git tag v${version}, npm publish --provenance, upload these files\n`,
  )
  return 0
}

async function remote(): Promise<string | undefined> {
  try {
    return (await mustExec(exec, 'git', ['-C', root, 'remote', 'get-url', 'origin'])).trim()
  } catch (error) {
    if (error instanceof EdgeliftError) return undefined // no git, no clone, no remote
    throw error
  }
}

/** `imageFiles.runtime` of the shipped release. */
async function runtimeImage(): Promise<string> {
  const release = load(await readFile(path.join(root, 'manifests/kubeedge-1.22.0.yaml'), 'utf8')) as {
    versions: Record<string, string>
    imageFiles: { runtime: { reference: string } }
  }
  return release.imageFiles.runtime.reference.replace(
    /\$\{(\w+)\}/g,
    (_, name) => release.versions[name] ?? '',
  )
}

function refuse(why: string): number {
  process.stderr.write(`${why}\n`)
  return 1
}

try {
  process.exitCode = await main()
} catch (error) {
  const told = asEdgeliftError(error)
  process.stderr.write(`${formatError(told, 'en')}\n`)
  process.exitCode = told.exit
}

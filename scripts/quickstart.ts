import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readdir, readFile, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { type BundleManifest, PATHS, readArchive, readManifest } from '@edgelift/bundle'
import { chooseLang, EdgeliftError, formatError, takeLock } from '@edgelift/core'
import { type Charts, chartOverrides, releaseCharts } from '../test/support/upstream/charts.ts'
import type { UpstreamContent } from '../test/support/upstream/content.ts'
import { releaseContent } from '../test/support/upstream/release-content.ts'
import { startUpstream, type Upstream } from '../test/support/upstream/upstream.ts'
import type { Made } from './quickstart-summary.ts'
import { HELP, type Speak, speaker } from './quickstart-words.ts'
import { typed } from './typed.ts'

const root = path.resolve(import.meta.dirname, '..')
const out = path.join('dist', 'quickstart')
const RELEASE = path.join('manifests', 'kubeedge-1.22.0.yaml')
const EDGELIFT = path.join('dist', 'edgelift.mjs')

/** What the commands are given. Paths are relative to the repository: they are shown to people. */
interface Setting {
  readonly release: string
  readonly options: readonly string[]
  /** Differs when there is something else to lock. Undefined where that is not ours to know. */
  readonly fingerprint: string | undefined
}

async function main(): Promise<void> {
  process.chdir(root)
  const lang = chooseLang(undefined, process.env)
  const speak = speaker(lang)
  const config = {
    options: {
      upstream: { type: 'string', default: 'embedded' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  } as const
  const parsed = typed(config, HELP[lang])
  if (parsed.values.help) {
    process.stdout.write(speak.text(HELP))
    return
  }
  const { upstream } = parsed.values
  if (upstream !== 'embedded' && upstream !== 'internet') {
    process.stderr.write(speak.text(HELP))
    process.exitCode = 2
    return
  }
  try {
    await using _lock = await takeLock(path.join(out, '.running'))
    process.exitCode = await run(upstream, speak)
  } catch (error) {
    if (!(error instanceof EdgeliftError)) throw error
    process.stderr.write(`${formatError(error, lang)}\n`)
    process.exitCode = error.exit
  }
}

async function run(kind: 'embedded' | 'internet', speak: Speak): Promise<number> {
  const began = Date.now()
  const bundled = command(['scripts/bundle.mjs'])
  if (kind === 'internet') {
    if ((await bundled) !== 0) return 1
    const setting = { release: RELEASE, options: storeOptions(), fingerprint: undefined }
    return finish({ setting, kind, speak, began, upstream: undefined })
  }
  speak.preparing()
  const charts = await releaseCharts()
  const content = await releaseContent({ charts })
  if ((await bundled) !== 0) return 1
  const upstream = await startUpstream({ content })
  try {
    const setting = await embedded(upstream, { content, charts })
    return await finish({ setting, kind, speak, began, upstream })
  } finally {
    await upstream[Symbol.asyncDispose]()
  }
}

/** A release of its own, so that what is locked here is never taken for what the internet has. */
async function embedded(
  upstream: Upstream,
  { content, charts }: { readonly content: UpstreamContent; readonly charts: Charts },
): Promise<Setting> {
  const release = path.join(out, 'kubeedge-1.22.0.yaml')
  const config = path.join(out, 'edgelift.config.yaml')
  const text = `# Made by scripts/quickstart: the shipped release, locked against the embedded upstream.\nextends: ../../${RELEASE}\n`
  await writeFile(release, text + chartOverrides(charts))
  await writeFile(config, upstream.config)
  const hash = createHash('sha256')
    .update(await readFile(RELEASE))
    .update(await readFile(release))
  for (const file of content.files) hash.update(`${file.url} ${file.etag ?? ''}\n`)
  for (const image of content.images) hash.update(`${image.reference} ${image.root}\n`)
  return { release, options: [...storeOptions(), '--config', config], fingerprint: hash.digest('hex') }
}

function storeOptions(): string[] {
  return process.env.EDGELIFT_STORE === undefined ? ['--store', path.join(out, 'store')] : []
}

async function finish(work: {
  readonly setting: Setting
  readonly kind: 'embedded' | 'internet'
  readonly speak: Speak
  readonly began: number
  readonly upstream: Upstream | undefined
}): Promise<number> {
  const { setting, speak, upstream } = work
  const { release, options } = setting
  const steps: (readonly string[])[] = [
    ['lint', release],
    ...((await isLocked(setting)) ? [] : [['lock', release]]),
    ['build', release, '--out', out],
  ]
  for (const step of steps) {
    speak.step(['node', EDGELIFT, ...step])
    const code = await command([EDGELIFT, ...step, ...options])
    if (code !== 0) return code
    if (step[0] === 'lock') await remember(setting)
  }
  const archives = (await readdir(out)).filter((name) => name.endsWith('.tar.gz')).sort()
  const files = archives.map((name) => path.join(out, name))
  speak.step(['node', EDGELIFT, 'verify', path.join(out, '*.tar.gz')])
  const verified = await command([EDGELIFT, 'verify', ...files, ...options])
  if (verified !== 0) return verified
  speak.summary({
    made: await Promise.all(files.map(describe)),
    folder: out,
    edgelift: EDGELIFT,
    seconds: (Date.now() - work.began) / 1000,
    fetched: upstream === undefined ? undefined : upstream.served.bytes + upstream.elsewhere.served.bytes,
  })
  return 0
}

/** Whether the lock was made of this very release and content, so that nothing has to be asked again. */
async function isLocked(setting: Setting): Promise<boolean> {
  if (!existsSync(lockOf(setting.release))) return false
  if (setting.fingerprint === undefined) return true
  const known = await readFile(path.join(out, 'locked-for'), 'utf8').catch(() => '')
  return known === setting.fingerprint
}

async function remember({ fingerprint }: Setting): Promise<void> {
  if (fingerprint !== undefined) await writeFile(path.join(out, 'locked-for'), fingerprint)
}

function lockOf(release: string): string {
  return release.replace(/\.yaml$/, '.lock.json')
}

async function describe(file: string): Promise<Made> {
  const { files } = await readArchive(file, { keep: (name) => name.endsWith(`/${PATHS.manifest}`) })
  const content = files.find((one) => one.content !== undefined)?.content ?? new Uint8Array()
  const manifest: BundleManifest = readManifest(content, file)
  return { file, size: (await stat(file)).size, manifest }
}

/** Runs Node with these arguments; what it prints is the user's to see. */
function command(args: readonly string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { stdio: 'inherit' })
    child.on('error', reject)
    child.on('close', (code) => resolve(code ?? 1))
  })
}

await main()

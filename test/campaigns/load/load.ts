import { mkdir, rm } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import path from 'node:path'
import { MB, ONE_ARCHIVE, prepare } from '../../bench/ground.ts'
import { archiveOfFiles, type Content } from '../../support/archive-of-files.ts'
import { bundledProgram } from '../../support/building/program.ts'
import type { Campaign } from '../campaign.ts'
import { type CaseEnd, runCases } from '../cases.ts'
import { type Watched, watched } from './watched.ts'

const MEMORY = 160 // MB, of the whole sizes
const DESCRIPTORS = 100 // at a time, whatever the size, besides those of threads
const OF_THREAD = 8 // one thread hashes for each processor
const LINES = 40 // that a command prints at most, besides those of what it fetches
const FETCHED = 4 // of an image: manifest, configuration, two layers

interface Load {
  readonly name: string
  /** The state that its output says last. */
  readonly said: RegExp
  readonly fetches: number
  readonly whole: boolean
  run(folder: string): Promise<Watched>
}

interface Files {
  readonly count: number
  readonly size: number
}

/** One half in small sizes, which show a leak as well, and one in the sizes that are promised. */
const LOADS: readonly Load[] = [false, true].flatMap((whole) => [
  build(whole ? 300 : 60, whole),
  verify({ count: whole ? 10_000 : 500, size: 6000 }, whole),
  verify({ count: 1, size: whole ? 20_000 * MB : 100 * MB }, whole),
])

export const load: Campaign = {
  name: 'load',
  claim: {
    en: `A build of 300 images, and \`verify\` of 10,000 files and of an archive of 20 GB (of zeros, which take little room): each succeeds with less than ${MEMORY} MB of memory and at most ${DESCRIPTORS} descriptors at a time (and ${OF_THREAD} for each processor), prints at most ${LINES} lines and one for each blob that it fetches, none for a file, and says what it came to. Seeds 1 to 3 of each six are in small sizes, where memory is not judged; 4 to 6 are whole.`,
    zh: `构建 300 个镜像，以及对 10,000 个文件和 20 GB 离线包（内容为零，占用空间很小）执行 \`verify\`：均成功，内存低于 ${MEMORY} MB，同时打开的描述符不超过 ${DESCRIPTORS} 个（每个处理器另加 ${OF_THREAD} 个），除每个下载的 blob 一行外，输出不超过 ${LINES} 行，不逐个文件输出，并给出最终结果。每六个种子中，1 至 3 为小规模，不判断内存；4 至 6 为完整规模。`,
  },
  short: 3,
  run: (options) =>
    runCases(options, { every: 1 }, async (seed) => {
      const one = LOADS[(seed - 1) % LOADS.length] as Load
      const folder = path.join(options.folder, 'case')
      await mkdir(folder)
      try {
        return endOf(one, await one.run(folder), options.say)
      } finally {
        await rm(folder, { recursive: true })
      }
    }),
}

function endOf({ name, said, fetches, whole }: Load, ran: Watched, say: (line: string) => void): CaseEnd {
  const memory = Math.round(ran.peak / MB)
  const lines = (ran.stdout + ran.stderr).trimEnd().split('\n').length
  const measured = `${name}: ${memory} MB, ${ran.descriptors} descriptors, ${lines} lines`
  say(measured)
  const problems = [
    ran.code === 0 ? [] : [`ended with ${ran.code}: ${ran.stderr.slice(-300)}`],
    whole && memory >= MEMORY ? ['too much memory'] : [],
    ran.descriptors > DESCRIPTORS + OF_THREAD * availableParallelism() ? ['too many descriptors'] : [],
    lines > LINES + fetches ? ['too many lines'] : [],
    said.test(ran.stdout) ? [] : [`it says ${ran.stdout.slice(-300)}`],
  ].flat()
  return problems.length === 0
    ? { outcomes: [measured] }
    : { outcomes: [], failure: `${measured}: ${problems.join('; ')}` }
}

function build(images: number, whole: boolean): Load {
  const layers = whole ? [1.5 * MB, 0.5 * MB] : [30_000, 10_000]
  return {
    name: `build of ${images} images`,
    said: /; the archives are in \S+\n$/,
    fetches: FETCHED * (images + 4),
    whole,
    async run(folder) {
      await using ground = await prepare(folder, { images: Array.from({ length: images }, () => layers) })
      return await watched(ground.program, ground.line(ONE_ARCHIVE))
    },
  }
}

const BLOCK = Buffer.alloc(1024 * 1024)

/** They take about a thousandth of their size on the disk. */
function* filesOfZeros({ count, size }: Files): Generator<Content> {
  for (let number = 0; number < count; number++) yield { size, pieces: zeros(size) }
}

function* zeros(size: number): Generator<Buffer> {
  for (let left = size; left > 0; left -= BLOCK.length) yield BLOCK.subarray(0, Math.min(left, BLOCK.length))
}

function verify(size: Files, whole: boolean): Load {
  const megabytes = Math.round((size.count * size.size) / MB)
  return {
    name: `verify of ${size.count} files, ${megabytes} MB`,
    said: /many\.tar\.gz/,
    fetches: 0,
    whole,
    async run(folder) {
      const program = await bundledProgram(path.join(folder, 'program'))
      const archive = path.join(folder, 'many.tar.gz')
      await archiveOfFiles(archive, filesOfZeros(size))
      return await watched(program, ['verify', archive])
    },
  }
}

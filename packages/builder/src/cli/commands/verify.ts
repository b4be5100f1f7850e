import { readdir } from 'node:fs/promises'
import path from 'node:path'
import { PATHS, type Proof, partsListAt, proofOf, readPublicKey, type Verified } from '@edgelift/bundle'
import {
  counted,
  EdgeliftError,
  EXIT,
  type ExitCode,
  formatBytes,
  type Report,
  systemErrorForPeople,
} from '@edgelift/core'
import { type CommandHandler, displayWidth } from '@edgelift/core/cli'
import { type ImageLayers, unpackImages } from '../../inspect/image-layers.ts'
import { type InspectOptions, isDirectory, verifyAny } from '../../inspect/inspection.ts'
import { parseArguments, VerifyArguments } from '../arguments.ts'

interface Checked {
  readonly where: string
  /** Undefined when nothing could be said but the error. */
  readonly verified: Verified | undefined
  readonly proof: Proof | undefined
  /** With `--layers`, and only where the rest is as it was packed. */
  readonly layers?: ImageLayers
  readonly problems: readonly EdgeliftError[]
}

/** Every archive is checked, also after one that is damaged; the exit code is that of the worst. */
export const verifyCommand: CommandHandler = async (args, { report, signal }) => {
  const { archive: places, pubkey, layers } = parseArguments(VerifyArguments, args)
  const publicKey = pubkey === undefined ? undefined : await readPublicKey(pubkey)
  const checked: Checked[] = []
  const archives = (await Promise.all(places.map(archivesAt))).flat()
  for (const where of new Set(await Promise.all(archives.map(wholeOf)))) {
    signal.throwIfAborted()
    const options = { report, signal, layers, ...(publicKey === undefined ? {} : { publicKey }) }
    checked.push(await check(where, options))
  }
  const errors = checked.flatMap((one) => one.problems)
  const [first] = errors
  return {
    exit: Math.max(EXIT.done, ...errors.map((one) => one.exit)) as ExitCode,
    document: { ...(first === undefined ? {} : { error: first }), verified: checked.map(documentOf) },
    errors,
    text: (lang, paint) =>
      checked
        .flatMap(({ where, verified, proof, layers: unpacked, problems }) => {
          if (problems.length > 0 || proof === undefined) return [`${paint.red('✗')} ${where}`]
          const size = formatBytes(verified?.bytes ?? 0)
          const [files, layersOf, proved, open] = WORDS[lang]
          const facts = files(verified?.files ?? 0, size)
          return [
            `${paint.green('✓')} ${where}${gapBefore(facts, where)}${facts}`,
            `  ${proved}${proof.proved[lang]}`,
            ...(unpacked === undefined ? [] : [`  ${layersOf(unpacked)}`]),
            ...(proof.open === undefined ? [] : [paint.yellow(`  ${open}${proof.open[lang]}`)]),
          ]
        })
        .join('\n'),
  }
}

const WORDS = {
  en: [
    (files: number, size: string) => `${counted(files, 'file')}, ${size}`,
    ({ images, layers, bytes }: ImageLayers) =>
      `unpacked: ${counted(layers, 'layer')} in ${counted(images, 'image')}, ${formatBytes(bytes)}, each as its image lists it`,
    'proved: ',
    'not proved: ',
  ],
  zh: [
    (files: number, size: string) => `${files} 个文件，${size}`,
    ({ images, layers, bytes }: ImageLayers) =>
      `已解包：${images} 个镜像，${layers} 层，${formatBytes(bytes)}，内容均与镜像配置一致`,
    '已证明：',
    '未证明：',
  ],
} as const

/** Beside the path where that fits a terminal of 80 columns, else in a line of its own. */
function gapBefore(facts: string, where: string): string {
  return displayWidth(`✓ ${where}  ${facts}`) > 80 ? '\n  ' : '  '
}

/** A folder that is no unpacked archive but holds archives stands for these. */
async function archivesAt(where: string): Promise<string[]> {
  if (!(await isDirectory(where))) return [where]
  const names = await readdir(where)
  if (names.includes(PATHS.manifest) || names.includes(PATHS.sums)) return [where]
  const archives = names
    .filter((name) => /\.tar\.gz(\.parts\.sha256)?$/.test(name) && !name.startsWith('.'))
    .sort()
  return archives.length === 0 ? [where] : archives.map((name) => path.join(where, name))
}

/** All parts of an archive stand for one thing: their list. */
async function wholeOf(where: string): Promise<string> {
  return (await partsListAt(where)) ?? where
}

async function check(
  where: string,
  options: InspectOptions & {
    readonly layers: boolean
    readonly report: Report
    readonly signal: AbortSignal
  },
): Promise<Checked> {
  try {
    const verified = await verifyAny(where, { ...options, deltas: true })
    const proof = proofOf(verified, await isDirectory(where))
    // A delta's images are whole once it is completed.
    if (!options.layers || verified.delta !== undefined || verified.problems.length > 0)
      return { where, verified, proof, problems: verified.problems }
    const layers = await unpackImages(where, verified.manifest, options)
    return { where, verified, proof, layers, problems: layers.problems }
  } catch (error) {
    // An archive that the disk cannot read is no reason to leave out the next one.
    const problem = error instanceof EdgeliftError ? error : systemErrorForPeople(error)
    if (problem === undefined) throw error
    return { where, verified: undefined, proof: undefined, problems: [problem] }
  }
}

function documentOf({ where, verified, proof, layers, problems }: Checked): unknown {
  return {
    path: where,
    ok: problems.length === 0,
    ...(verified === undefined
      ? {}
      : {
          name: verified.manifest.name,
          release: verified.manifest.release,
          files: verified.files,
          bytes: verified.bytes,
          signature: verified.signature,
          ...(verified.signer === undefined ? {} : { signer: verified.signer }),
          besideChecked: verified.besideChecked,
          besideUnchecked: verified.besideUnchecked,
          edited: verified.edited,
          placeholders: verified.manifest.placeholders,
          ...(verified.delta === undefined ? {} : { delta: verified.delta }),
        }),
    ...(layers === undefined
      ? {}
      : { layers: { images: layers.images, layers: layers.layers, bytes: layers.bytes } }),
    ...(proof === undefined || problems.length > 0
      ? {}
      : { proved: proof.proved.en, ...(proof.open === undefined ? {} : { notProved: proof.open.en }) }),
    problems,
  }
}

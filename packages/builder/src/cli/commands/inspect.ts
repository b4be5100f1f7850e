import { readPublicKey } from '@edgelift/bundle'
import { checkOutputFile, EXIT, type Lang } from '@edgelift/core'
import type { CommandHandler, Paint } from '@edgelift/core/cli'
import { compare, type Difference } from '../../diff/compare.ts'
import { differenceText } from '../../diff/format.ts'
import { readSubject, subjectOfManifest } from '../../diff/subject.ts'
import { filesOfArchive } from '../../inspect/archive-files.ts'
import { type Inspection, inspect } from '../../inspect/inspection.ts'
import { sbomOf, unlicensedImages } from '../../inspect/sbom-of.ts'
import { filesText, imagesText, summaryText, whyText } from '../../inspect/tables.ts'
import { type Reason, why } from '../../inspect/why.ts'
import { writeReport } from '../../report/write-report.ts'
import { InspectArguments, parseArguments } from '../arguments.ts'

export const inspectCommand: CommandHandler = async (args, { report, lang, signal }) => {
  const options = parseArguments(InspectArguments, args)
  const { archive, against, pubkey } = options
  if (options.report !== undefined) {
    const read = await Promise.all([archive, ...(against === undefined ? [] : [against])].map(filesOfArchive))
    await checkOutputFile(options.report, { inputs: [...read.flat(), pubkey] })
  }
  const publicKey = options.pubkey === undefined ? undefined : await readPublicKey(options.pubkey)
  const inspection = await inspect(options.archive, {
    report,
    signal,
    ...(publicKey === undefined ? {} : { publicKey }),
  })
  const { manifest, problems } = inspection.verified
  const reasons = options.why === undefined ? undefined : why(manifest, options.why)
  const difference =
    options.against === undefined
      ? undefined
      : compare(
          await readSubject(options.against, { report, signal }),
          subjectOfManifest(manifest, 'archive'),
        )
  if (options.report !== undefined) {
    const { reportPage } = await import('../../report/page.ts')
    await writeReport(options.report, reportPage(inspection, lang, difference))
  }
  if (options.sbom !== undefined) {
    const document = sbomOf(inspection, options.sbom)
    return { document, text: () => JSON.stringify(document, null, 2) }
  }
  const [first] = problems
  return {
    exit: first === undefined ? EXIT.done : EXIT.integrity,
    document: {
      ...(first === undefined ? {} : { error: first }),
      ...documentOf(inspection, options, reasons),
      ...(difference === undefined ? {} : { difference }),
    },
    errors: problems,
    text: (language, paint) => textOf({ inspection, options, reasons, difference }, language, paint),
  }
}

interface View {
  readonly images: boolean
  readonly files: boolean
  readonly report?: string | undefined
}

function documentOf(inspection: Inspection, view: View, reasons: readonly Reason[] | undefined): object {
  const { manifest, signature, problems, bytes, sha256 } = inspection.verified
  if (reasons !== undefined) return { name: manifest.name, reasons }
  if (view.images) return { name: manifest.name, images: manifest.images }
  if (view.files) return { name: manifest.name, files: manifest.files }
  return {
    ...{ path: inspection.where, size: inspection.packedSize, sha256, bytes, signature },
    ...{ kinds: inspection.kinds, problems, manifest, report: view.report },
    unlicensed: unlicensedImages(inspection),
  }
}

function textOf(
  {
    inspection,
    options,
    reasons,
    difference,
  }: {
    inspection: Inspection
    options: View
    reasons: readonly Reason[] | undefined
    difference: Difference | undefined
  },
  lang: Lang,
  paint: Paint,
): string {
  const { manifest } = inspection.verified
  if (reasons !== undefined) return whyText(reasons, lang)
  if (options.images) return imagesText(manifest, lang)
  if (options.files) return filesText(manifest, lang)
  const report =
    options.report === undefined
      ? []
      : [lang === 'zh' ? `报告：${options.report}` : `report: ${options.report}`]
  const changes = difference === undefined ? [] : [differenceText(difference, lang, paint)]
  return [summaryText(inspection, lang, paint), ...changes, ...report].join('\n\n')
}

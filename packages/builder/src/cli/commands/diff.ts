import { checkOutputFile, EXIT } from '@edgelift/core'
import type { CommandHandler } from '@edgelift/core/cli'
import { compare } from '../../diff/compare.ts'
import { differenceText } from '../../diff/format.ts'
import { readSubject } from '../../diff/subject.ts'
import { DIFF_WORDS } from '../../diff/words.ts'
import { filesOfArchive } from '../../inspect/archive-files.ts'
import { differencePage } from '../../report/difference.ts'
import { writeReport } from '../../report/write-report.ts'
import { DiffArguments, parseArguments } from '../arguments.ts'

/** Ends with 0 whether or not there are differences, unless `--exit-code` asks for 1 on any (as `git diff` does). */
export const diffCommand: CommandHandler = async (args, { report, lang }) => {
  const options = parseArguments(DiffArguments, args)
  if (options.report !== undefined) {
    const read = await Promise.all([options.from, options.to].map(filesOfArchive))
    await checkOutputFile(options.report, { inputs: read.flat() })
  }
  const from = await readSubject(options.from, { report })
  const difference = compare(from, await readSubject(options.to, { report }))
  if (options.report !== undefined) await writeReport(options.report, differencePage(difference, lang))
  return {
    exit: options['exit-code'] && !difference.isEmpty ? EXIT.failed : EXIT.done,
    document: { ...difference, ...(options.report === undefined ? {} : { report: options.report }) },
    text: (language, paint) =>
      [
        differenceText(difference, language, paint),
        ...(options.report === undefined ? [] : [`${DIFF_WORDS.report[language]}${options.report}`]),
      ].join('\n\n'),
  }
}

import {
  boundedText,
  EdgeliftError,
  type ErrorCode,
  type ExitCode,
  type Failure,
  joinTexts,
  type Text,
} from '@edgelift/core'
import { builderCodes } from './codes.ts'
import type { FindingCode } from './finding-codes.ts'

/** One thing that a check of a release has found. */
export interface Finding {
  readonly severity: 'error' | 'warning'
  /** An error's code where one image or file failed with that error. */
  readonly code: FindingCode | ErrorCode
  /** The place in the release: `images.cloudcore.reference`. */
  readonly where: string
  readonly text: Text
  /** Of an error: why it happened and how to fix it, where the text does not say so itself. */
  readonly because?: Text
  readonly fix?: Text
}

/** A finding that forbids to go on. */
export function error(code: FindingCode, where: string, text: Finding['text']): Finding {
  return { severity: 'error', code, where, text: boundedText(text) }
}

/** A finding that only has to be read. */
export function warning(code: FindingCode, where: string, text: Finding['text']): Finding {
  return { severity: 'warning', code, where, text: boundedText(text) }
}

/** Whether a list of findings forbids to go on. */
export function hasErrors(findings: readonly Finding[]): boolean {
  return findings.some((finding) => finding.severity === 'error')
}

/** A refusal that names every defect at once. Its JSON carries them as a list. */
export class FindingsError extends EdgeliftError {
  readonly findings: readonly Finding[]

  constructor(
    { code, exit }: { readonly code: ErrorCode; readonly exit: ExitCode },
    failure: Failure,
    findings: readonly Finding[],
  ) {
    super(code, exit, failure)
    this.findings = findings
  }

  override toJSON(): ReturnType<EdgeliftError['toJSON']> & { findings: unknown[] } {
    return { ...super.toJSON(), findings: this.findings.map(findingJson) }
  }
}

/**
 * The error for a release with defects.
 * @param subject the release's file or name
 * @param outcome what was not done because of them
 */
export function refused(
  code: keyof typeof builderCodes,
  findings: readonly Finding[],
  options: { readonly subject: string; readonly outcome: Text; readonly fix?: Text },
): FindingsError {
  const errors = findings.filter((finding) => finding.severity === 'error')
  const [one, several] = errors.length === 1 ? ['1 defect', '1 处缺陷'] : countOf(errors.length)
  return new FindingsError(
    { code, exit: builderCodes[code].exit },
    {
      what: {
        en: `${options.subject}: ${one}; ${options.outcome.en}`,
        zh: `${options.subject}：${several}；${options.outcome.zh}`,
      },
      because: joinTexts(errors.map(findingLine), '\n'),
      fix: options.fix ?? FIX_THESE,
    },
    findings,
  )
}

const FIX_THESE: Text = {
  en: 'fix these places in the release; edgelift lint checks them without network access',
  zh: '请修正发布清单中的上述各处；edgelift lint 可离线检查',
}

/** The JSON form of a finding. Always English, as codes and JSON do not depend on the language. */
export function findingJson(finding: Finding): Record<string, string> {
  const { severity, code, where, text, because, fix } = finding
  return {
    ...{ severity, code, where, text: text.en },
    ...(because === undefined ? {} : { cause: because.en }),
    ...(fix === undefined ? {} : { fix: fix.en }),
  }
}

function countOf(count: number): [string, string] {
  return [`${count} defects`, `${count} 处缺陷`]
}

/** What a finding says, behind its place. */
export function placedText({ where, text }: Finding): Text {
  return { en: `${where}: ${text.en}`, zh: `${where}：${text.zh}` }
}

/** `[CODE] place: text`, as the cause of an error lists it. */
export function findingLine(finding: Finding): Text {
  const { en, zh } = placedText(finding)
  return { en: `[${finding.code}] ${en}`, zh: `[${finding.code}] ${zh}` }
}

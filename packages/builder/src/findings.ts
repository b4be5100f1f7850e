import { EdgeliftError, type Failure, joinTexts, type Text } from '@edgelift/core'
import { builderCodes } from './codes.ts'
import type { FindingCode } from './finding-codes.ts'

/** One thing that a check of a release has found. */
export interface Finding {
  readonly severity: 'error' | 'warning'
  readonly code: FindingCode
  /** The place in the release: `images.cloudcore.reference`. */
  readonly where: string
  readonly text: Text
}

/** A finding that forbids to go on. */
export function error(code: FindingCode, where: string, text: Finding['text']): Finding {
  return { severity: 'error', code, where, text }
}

/** A finding that only has to be read. */
export function warning(code: FindingCode, where: string, text: Finding['text']): Finding {
  return { severity: 'warning', code, where, text }
}

/** Whether a list of findings forbids to go on. */
export function hasErrors(findings: readonly Finding[]): boolean {
  return findings.some((finding) => finding.severity === 'error')
}

/** A refusal that names every defect at once. Its JSON carries them as a list. */
export class FindingsError extends EdgeliftError {
  readonly findings: readonly Finding[]

  constructor(code: keyof typeof builderCodes, failure: Failure, findings: readonly Finding[]) {
    super(code, builderCodes[code].exit, failure)
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
    code,
    {
      what: {
        en: `${options.subject}: ${one}; ${options.outcome.en}`,
        zh: `${options.subject}：${several}；${options.outcome.zh}`,
      },
      because: joinTexts(errors.map(line), '\n'),
      ...(options.fix === undefined ? {} : { fix: options.fix }),
    },
    findings,
  )
}

/** The JSON form of a finding. Always English, as codes and JSON do not depend on the language. */
export function findingJson(finding: Finding): Record<string, string> {
  return { severity: finding.severity, code: finding.code, where: finding.where, text: finding.text.en }
}

function countOf(count: number): [string, string] {
  return [`${count} defects`, `${count} 处缺陷`]
}

/** What a finding says, behind its place. */
export function placedText({ where, text }: Finding): Text {
  return { en: `${where}: ${text.en}`, zh: `${where}：${text.zh}` }
}

function line(finding: Finding): Text {
  const { en, zh } = placedText(finding)
  return { en: `[${finding.code}] ${en}`, zh: `[${finding.code}] ${zh}` }
}

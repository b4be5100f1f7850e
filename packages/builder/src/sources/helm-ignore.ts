import { fail } from '../codes.ts'
import { globOf } from './glob.ts'

interface Rule {
  /** `!rule`: what does not match is left out. */
  readonly negated: boolean
  /** `rule/`: folders alone. */
  readonly folders: boolean
  readonly matches: (path: string) => boolean
}

/**
 * What `helm package` leaves out of a chart's folder (Helm, pkg/ignore/rules.go): the rules of `.helmignore`, and hidden
 * files in `templates/`. A folder that is left out takes everything below it along.
 * @param label how an error names the chart
 * @throws CHART_IGNORE_INVALID for a rule that Helm refuses
 */
export function helmIgnore(file: Uint8Array | undefined, label: string): (path: string) => boolean {
  const text =
    file === undefined
      ? ''
      : Buffer.from(file)
          .toString('utf8')
          .replace(/^\ufeff/, '')
  const lines = [...text.split('\n'), 'templates/.?*'].map((line) => line.trim())
  const rules = lines
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => ruleOf(line, label))
  return (path) => {
    const parts = path.split('/')
    return parts.some((_, index) =>
      isLeftOut(rules, parts.slice(0, index + 1).join('/'), index < parts.length - 1),
    )
  }
}

function isLeftOut(rules: readonly Rule[], path: string, isFolder: boolean): boolean {
  for (const { negated, folders, matches } of rules) {
    if (folders && !isFolder) {
      if (negated) return true
      continue
    }
    if (matches(path) !== negated) return true
  }
  return false
}

function ruleOf(line: string, label: string): Rule {
  if (line.includes('**')) throw invalid(label, line)
  const negated = line.startsWith('!')
  const written = negated ? line.slice(1) : line
  const folders = written.endsWith('/')
  const rule = folders ? written.slice(0, -1) : written
  const pattern = globOf(rule.replace(/^\//, ''))
  if (pattern === undefined) throw invalid(label, line)
  return {
    negated,
    folders,
    matches: (path) => pattern(rule.includes('/') ? path : (path.split('/').at(-1) ?? '')),
  }
}

function invalid(label: string, line: string): Error {
  return fail('CHART_IGNORE_INVALID', {
    what: {
      en: `${label}: .helmignore has a rule that Helm refuses: ${line}`,
      zh: `${label}：.helmignore 中有 Helm 不支持的规则：${line}`,
    },
    fix: {
      en: 'use the chart that upstream packs, or correct the rule in a fork',
      zh: '请使用上游打包好的 chart，或在分支中修正该规则',
    },
  })
}

import parse, { type Info } from 'spdx-expression-parse'

/** Licence ids in an SPDX expression, sorted; undefined for a text that is no such expression. */
export function licenseIds(expression: string): string[] | undefined {
  try {
    return [...new Set(idsIn(parse(expression)))].sort()
  } catch {
    return undefined
  }
}

function idsIn(info: Info): string[] {
  return 'license' in info ? [info.license] : [...idsIn(info.left), ...idsIn(info.right)]
}

import type { Lang, Text } from '@edgelift/core'

/** A part of a file for people to edit: what it is for, and its lines. */
export interface Section {
  readonly note: Text
  /** Takes effect as it stands. */
  readonly active?: string
  /** Commented out: deleting the `#` at the start of each line makes it take effect. */
  readonly example?: string
}

/**
 * The text of a YAML file: sections apart by an empty line, notes as comments in `lang`. Notes start with `# ` and a letter,
 * lines of an example with `#` alone, so that the two can be told apart.
 */
export function annotated(sections: readonly Section[], lang: Lang): string {
  return `${sections.map((section) => sectionText(section, lang)).join('\n\n')}\n`
}

function sectionText({ note, active, example }: Section, lang: Lang): string {
  const notes = note[lang].split('\n').map((line) => `# ${line}`)
  const examples = example === undefined ? [] : example.split('\n').map((line) => `#${line}`)
  return [...notes, ...(active === undefined ? [] : [active]), ...examples].join('\n')
}

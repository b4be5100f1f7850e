/** The languages that people are spoken to in. Codes, JSON and logs are the same in both. */
export type Lang = 'en' | 'zh'

/** One message in both languages, kept together where it is said. */
export type Text = Readonly<Record<Lang, string>>

/** A message that is the same in both languages: a path, a program's own words. */
export function same(words: string): Text {
  return { en: words, zh: words }
}

/** Joins texts language by language. */
export function joinTexts(texts: readonly Text[], separator: string): Text {
  return { en: texts.map((t) => t.en).join(separator), zh: texts.map((t) => t.zh).join(separator) }
}

/**
 * The language to speak: the `--lang` flag, else `EDGELIFT_LANG`, else the locale's (`LC_ALL`, `LC_MESSAGES`,
 * `LANG` in the order of POSIX), else English. A flag that is neither `en` nor `zh` is the caller's to refuse.
 */
export function chooseLang(
  flag: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
): Lang {
  const requirement = flag ?? env.EDGELIFT_LANG ?? (env.LC_ALL || env.LC_MESSAGES || env.LANG || 'en')
  return requirement.toLowerCase().startsWith('zh') ? 'zh' : 'en'
}

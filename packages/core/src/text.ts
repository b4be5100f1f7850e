import { charsetOf } from './charset.ts'

/** The languages of messages. Codes, JSON and logs are the same in both. */
export type Lang = 'en' | 'zh'

/** One message in both languages. */
export type Text = Readonly<Record<Lang, string>>

/** A message that is the same in both languages: a path, a program's own words. */
export function same(words: string): Text {
  return { en: words, zh: words }
}

/** Joins texts language by language; the separator's English punctuation becomes Chinese between Chinese texts. */
export function joinTexts(texts: readonly Text[], separator: string): Text {
  const zh = FULL_WIDTH[separator] ?? separator
  return { en: texts.map((t) => t.en).join(separator), zh: texts.map((t) => t.zh).join(zh) }
}

/** What failed and why, in one sentence. */
export function reasonText({
  what,
  because,
}: {
  readonly what: Text
  readonly because?: Text | undefined
}): Text {
  return because === undefined ? what : joinTexts([what, because], ': ')
}

const FULL_WIDTH: Readonly<Record<string, string>> = { '; ': '；', ', ': '，', ': ': '：' }

const LONGEST_WORD = 1000 // characters; the longest that people write are URLs
const WORD_SHOWN = 200
const MOST_LINES = 500
const MOST_CHARACTERS = 64 * 1024

/**
 * A text that a person can still read: words that are longer than any name or URL of the field are cut, and so is what is longer
 * than a few screens. A server, an archive or a file may send words of megabytes, and hold thousands of what is listed.
 */
export function boundedText({ en, zh }: Text): Text {
  return {
    en: cut(en, (count, what) => `… (${count} more ${what})`),
    zh: cut(zh, (count, what) => `……（另有 ${count} ${what === 'lines' ? '行' : '个字符'}）`),
  }
}

function cut(text: string, more: (count: number, what: 'lines' | 'characters') => string): string {
  if (text.length <= LONGEST_WORD) return text
  const lines = text.split('\n')
  const whole = wordsCut(lines.slice(0, MOST_LINES).join('\n')) // what is not shown is not looked at: it may be megabytes
  if (whole.length > MOST_CHARACTERS)
    return front(whole, MOST_CHARACTERS) + more(text.length - MOST_CHARACTERS, 'characters')
  return lines.length <= MOST_LINES ? whole : `${whole}\n${more(lines.length - MOST_LINES, 'lines')}`
}

function wordsCut(text: string): string {
  return text.replace(/[^\s、，；：。（）]+/g, (word) =>
    word.length <= LONGEST_WORD ? word : `${front(word, WORD_SHOWN)}…`,
  )
}

/** Without half a character at its end. */
function front(text: string, length: number): string {
  return text.slice(0, length).replace(/[\ud800-\udbff]$/, '')
}

/** `1 image`, `2 images`: for English; Chinese has one form. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`
}

type Env = Readonly<Record<string, string | undefined>>

/**
 * The language of messages: the `--lang` flag, else `EDGELIFT_LANG`, else the locale's (`LC_ALL`, `LC_MESSAGES`,
 * `LANG` in the order of POSIX), else English. A Chinese locale in an encoding that cannot be written gets English.
 * The caller refuses a flag that is neither `en` nor `zh`, and a variable that {@link isLang} does not know.
 */
export function chooseLang(flag: string | undefined, env: Env): Lang {
  const chosen = flag ?? (isLang(env.EDGELIFT_LANG) ? env.EDGELIFT_LANG : undefined)
  if (chosen !== undefined) return isChinese(chosen) ? 'zh' : 'en'
  return isChinese(localeOf(env)) && charsetOf(env) !== undefined ? 'zh' : 'en'
}

/** Whether a text names one of the two languages, be it as a locale: `zh`, `zh_CN.UTF-8`, `en-GB`. */
export function isLang(text: string | undefined): text is string {
  return text !== undefined && /^(en|zh)([-_.].*)?$/i.test(text)
}

/** Whether nothing says which language to use: no setting of ours, and no locale but the `C` of bare machines. */
export function isLanguageOpen(flag: string | undefined, env: Env): boolean {
  if (flag !== undefined || env.EDGELIFT_LANG) return false
  const locale = localeOf(env)
  return /^(C|POSIX)?(\.|$)/.test(locale) || (isChinese(locale) && charsetOf(env) === undefined)
}

function localeOf(env: Env): string {
  return env.LC_ALL || env.LC_MESSAGES || env.LANG || ''
}

function isChinese(name: string): boolean {
  return name.toLowerCase().startsWith('zh')
}

import type { Lang } from '../text.ts'

/** A word of yargs, or its singular and plural. */
type Word = string | { readonly one: string; readonly other: string }

/** yargs' own words, what they are in Chinese (its locale files are not part of a bundled program), and in plainer English. */
const WORDS: readonly (readonly [english: Word, chinese: string, clearer?: string])[] = [
  ['Commands:', '命令：'],
  ['Options:', '选项：'],
  ['Examples:', '示例：'],
  ['Positionals:', '参数：'],
  ['Choices:', '可选值：'],
  ['boolean', '布尔'],
  ['string', '字符串'],
  ['number', '数字'],
  ['array', '列表'],
  ['required', '必填'],
  ['default', '默认'],
  ['default:', '默认：'],
  ['choices:', '可选值：'],
  ['Show help', '显示帮助'],
  ['Show version number', '显示版本号'],
  [plural('Unknown argument: %s', 'Unknown arguments: %s'), '未知参数：%s', 'unknown argument: %s'],
  [plural('Unknown command: %s', 'Unknown commands: %s'), '未知命令：%s', 'unknown command: %s'],
  [
    plural('Missing required argument: %s', 'Missing required arguments: %s'),
    '缺少必填参数：%s',
    'missing required argument: %s',
  ],
  ['Not enough arguments following: %s', '--%s 缺少取值', 'missing value after --%s'],
  [
    same('Not enough non-option arguments: got %s, need at least %s'),
    '参数不足：得到 %s 个，至少需要 %s 个',
    'too few arguments: got %s, at least %s needed',
  ],
  [
    same('Too many non-option arguments: got %s, maximum of %s'),
    '参数过多：得到 %s 个，最多 %s 个',
    'too many arguments: got %s, at most %s taken',
  ],
]

/** The words in the form that yargs takes. English too: it keeps one table for the whole process. */
export function helpWords(lang: Lang): Record<string, string> {
  const entries = WORDS.map(([english, chinese, clearer]) => {
    const words = lang === 'zh' ? chinese : clearer
    if (typeof english === 'string') return [english, words ?? english]
    return [english.one, words === undefined ? english : { one: words, other: words }]
  })
  return Object.fromEntries(entries) as Record<string, string>
}

function plural(one: string, other: string): Word {
  return { one, other }
}

function same(words: string): Word {
  return { one: words, other: words }
}

import { readFile } from 'node:fs/promises'
import path from 'node:path'

const docs = path.resolve(import.meta.dirname, '../../docs')

/** The pages from which operators work, by language. They tell the same commands. */
export const OPERATOR_PAGES = { en: 'en/operator.md', zh: 'zh-CN/operator.md' } as const

/**
 * The command lines of a page: of each section (`## …`) its `sh` blocks, in their order, without comments. Sections
 * without commands are left out.
 */
export async function blocksOf(page: string): Promise<string[][][]> {
  const text = await readFile(path.join(docs, page), 'utf8')
  return text
    .split(/^## /m)
    .map((section) => [...section.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, block = '']) => linesOf(block)))
    .filter((blocks) => blocks.length > 0)
}

/** As {@link blocksOf}, one list of lines a section. */
export async function commandsOf(page: string): Promise<string[][]> {
  return (await blocksOf(page)).map((blocks) => blocks.flat())
}

function linesOf(block: string): string[] {
  return block
    .split('\n')
    .map((line) => line.replace(/(^|\s+)#.*$/, '').trim())
    .filter((line) => line !== '')
}

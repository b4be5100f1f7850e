import { EdgeliftError, joinTexts, reasonText, same, type Text } from '@edgelift/core'
import { canonicalAddress } from '../node/own-addresses.ts'
import { fail } from '../problem/codes.ts'
import { labelsOf, parseSettings } from '../settings/load.ts'
import { checkValues } from '../settings/values.ts'
import { type CsvRow, csvRows } from './csv-rows.ts'

/** An edge of a list: settings as they are written in `install.yaml`. */
export interface EdgeHost {
  readonly nodeName: string
  readonly nodeIp?: string
  readonly labels?: Readonly<Record<string, string>>
  readonly taints?: readonly string[]
}

const COLUMNS = ['name', 'address', 'labels', 'taints'] as const
type Column = (typeof COLUMNS)[number]

/**
 * Edges from a table: a header with `name` and, in any order, `address`, `labels`, `taints`; labels and taints are
 * separated by `;`, or by commas inside quotes (RFC 4180). Cells are separated by commas, or as the header shows by
 * semicolons or tabs, as spreadsheets write them in some languages. Empty lines and those that begin with `#` count for nothing.
 * @param name of the file, for messages
 * @throws HOSTS_INVALID with every row that is wrong
 */
export function parseHosts(text: string, name: string): EdgeHost[] {
  const table = text.replace(/^\uFEFF/, '')
  const separator = separatorOf(table)
  const [header, ...rows] = csvRows(table, separator)
  const columns = header?.cells.map((cell) => cell.toLowerCase()) ?? []
  const strange = columns.filter((column) => !(COLUMNS as readonly string[]).includes(column))
  const repeated = columns.find((column, at) => columns.indexOf(column) !== at)
  if (!columns.includes('name') || strange.length > 0 || repeated !== undefined)
    throw refused([same(`${name}:${header?.line ?? 1}`)], {
      en: `the first line must name the columns: ${COLUMNS.join(',')} (all but name may be left out)`,
      zh: `第一行须为列名：${COLUMNS.join(',')}（除 name 外均可省略）`,
    })
  const problems: Text[] = []
  const lines = new Map<string, number>()
  const hosts = rows.flatMap((row) => {
    const where = `${name}:${row.line}`
    try {
      const host = hostOf(row, { columns, separator })
      for (const [key, said] of keysOf(host)) {
        const first = lines.get(key)
        if (first !== undefined) problems.push(twice(where, said, first))
        lines.set(key, first ?? row.line)
      }
      return [host]
    } catch (error) {
      if (!(error instanceof EdgeliftError)) throw error
      problems.push(atLine(where, error))
      return []
    }
  })
  if (rows.length === 0) problems.push({ en: `${name}: no edges`, zh: `${name}：没有边缘节点` })
  if (problems.length > 0) throw refused(problems, FORM)
  return hosts
}

/** What no two edges have alike, each with the words for it: an address may be written in several ways. */
function keysOf({ nodeName, nodeIp }: EdgeHost): [string, string][] {
  const name = `name ${nodeName}`
  const address: [string, string][] =
    nodeIp === undefined ? [] : [[`address ${canonicalAddress(nodeIp)}`, `address ${nodeIp}`]]
  return [[name, name], ...address]
}

function hostOf(
  { cells }: CsvRow,
  { columns, separator }: { readonly columns: readonly string[]; readonly separator: Separator },
): EdgeHost {
  if (cells.length > columns.length) {
    const { en, zh } = SEPARATORS[separator]
    throw wrongRow({
      en: `${cells.length} cells for ${columns.length} columns: put a cell with ${en} in quotes`,
      zh: `${columns.length} 列中有 ${cells.length} 个单元格：含${zh}的单元格请加引号`,
    })
  }
  const open = cells.find((cell) => cell.startsWith('"'))
  if (open !== undefined)
    throw wrongRow({
      en: `${open}: the quote has no end, or something follows it in its cell`,
      zh: `${open}：引号未闭合，或引号之后还有内容`,
    })
  const cell = (column: Column) => cells[columns.indexOf(column)] ?? ''
  const items = (column: Column) =>
    cell(column)
      .split(/[;,]/)
      .flatMap((item) => item.trim() || [])
  const taints = items('taints')
  const labels = items('labels').map((item) => {
    const at = item.indexOf('=')
    if (at < 1)
      throw wrongRow({ en: `label ${item}: expected key=value`, zh: `标签 ${item}：应为 key=value` })
    return [item.slice(0, at), item.slice(at + 1)] as const
  })
  const host: EdgeHost = {
    nodeName: cell('name'),
    ...(cell('address') === '' ? {} : { nodeIp: cell('address') }),
    ...(labels.length === 0 ? {} : { labels: labelsOf(labels, 'labels') }),
    ...(taints.length === 0 ? {} : { taints }),
  }
  // The edge itself will read them so.
  checkValues(parseSettings('edge', { ...host }, ORIGIN), ORIGIN)
  return host
}

const ORIGIN: ReadonlyMap<string, string> = new Map([
  ['nodeName', 'name'],
  ['nodeIp', 'address'],
])

const SEPARATORS = {
  ',': { en: 'commas', zh: '逗号' },
  ';': { en: 'semicolons', zh: '分号' },
  '\t': { en: 'tabs', zh: '制表符' },
} as const
type Separator = keyof typeof SEPARATORS

/** What stands between the names of the columns. */
function separatorOf(text: string): Separator {
  const header = text.split('\n').find((line) => /^[^\S\n]*[^\s#]/.test(line)) ?? ''
  return ([',', ';', '\t'] as const).find((one) => header.trim().includes(one)) ?? ','
}

function wrongRow(what: Text): EdgeliftError {
  return fail('HOSTS_INVALID', { what })
}

function atLine(where: string, error: EdgeliftError): Text {
  return joinTexts([same(where), reasonText(error)], ': ')
}

function twice(where: string, key: string, line: number): Text {
  return { en: `${where}: ${key} is also in line ${line}`, zh: `${where}：${key} 与第 ${line} 行重复` }
}

const FORM: Text = {
  en: 'fix these rows; nothing was written. A row: edge-1,192.0.2.21,line=3;hall=a,dedicated=edge:NoSchedule',
  zh: '请修改以上各行；没有写入任何文件。格式：edge-1,192.0.2.21,line=3;hall=a,dedicated=edge:NoSchedule',
}

function refused(problems: readonly Text[], fix: Text): EdgeliftError {
  return fail('HOSTS_INVALID', {
    what: { en: 'the list of edges is not valid', zh: '边缘节点列表无效' },
    because: joinTexts(problems, '\n'),
    fix,
  })
}

import { expect, it } from 'vitest'
import { parseHosts } from './hosts-csv.ts'

it('reads names, addresses, labels and taints in whatever order, with quotes, comments and Windows line ends', () => {
  const text =
    '\uFEFFtaints,Name,labels,address\r\n# hall a\r\n"gpu=yes:NoSchedule,x:NoExecute",edge-1,line=3;hall=a,192.0.2.21\r\n\r\n,edge-2,"line=4,hall=""",\r\n'
  expect(wrong(text)).toEqual([expect.stringMatching(/^hosts\.csv:5: labels\.hall /)])
  expect(parseHosts(text.replace('=""', '='), 'hosts.csv')).toEqual([
    {
      nodeName: 'edge-1',
      nodeIp: '192.0.2.21',
      labels: { line: '3', hall: 'a' },
      taints: ['gpu=yes:NoSchedule', 'x:NoExecute'],
    },
    { nodeName: 'edge-2', labels: { line: '4', hall: '' } },
  ])
})

it('names every wrong row with its line', () => {
  const text = [
    'name,address,labels,taints',
    'Edge_1,,,',
    'edge-2,300.0.0.1,,',
    'edge-3,,line,',
    'edge-4,,,gpu',
    'edge-5,,,,more',
    'edge-6,192.0.2.6,,',
    'edge-6,192.0.2.6,,',
    ',192.0.2.9,,',
    'edge-10,,line=3;line=4,',
    'edge-11,,node-role.kubernetes.io/gateway=,',
  ].join('\n')
  expect(wrong(text)).toEqual([
    expect.stringMatching(/^hosts\.csv:2: name is not valid/),
    expect.stringMatching(/^hosts\.csv:3: address is not valid: expected: an IP address, not "/),
    expect.stringMatching(/^hosts\.csv:4: label line: expected key=value/),
    expect.stringMatching(/^hosts\.csv:5: taints\.0 is not valid/),
    expect.stringMatching(/^hosts\.csv:6: 5 cells for 4 columns/),
    'hosts.csv:8: name edge-6 is also in line 7',
    'hosts.csv:8: address 192.0.2.6 is also in line 7',
    expect.stringMatching(/^hosts\.csv:9: name is not valid/),
    'hosts.csv:10: labels is not valid: expected: each key once, not "line=3, line=4"',
    expect.stringMatching(
      /^hosts\.csv:11: labels\.node-role\.kubernetes\.io\/gateway is not valid: EdgeCore does not start/,
    ),
  ])
})

/** The rows that are refused. */
function wrong(text: string): string[] {
  try {
    parseHosts(text, 'hosts.csv')
  } catch (error) {
    return (error as { because: { en: string } }).because.en.split('\n')
  }
  return []
}

it.each(['', 'edge-1,192.0.2.1', 'name,adress', 'name,name', 'name,address'])('refuses %j', (text) => {
  expect(() => parseHosts(text, 'hosts.csv')).toThrow(expect.objectContaining({ code: 'HOSTS_INVALID' }))
})

it('takes the commas that spreadsheets write at the end of every line, and no cell without a column', () => {
  const read = (...lines: string[]) => parseHosts(lines.join('\r\n'), 'hosts.csv')
  expect(read('name,address,,', 'edge-1,192.0.2.1,,', ',,,', 'edge-2,,,')).toEqual([
    { nodeName: 'edge-1', nodeIp: '192.0.2.1' },
    { nodeName: 'edge-2' },
  ])
  expect(wrong('name,address,,\nedge-1,192.0.2.1,,x')).toEqual([
    'hosts.csv:2: 4 cells for 2 columns: put a cell with commas in quotes',
  ])
  expect(() => read('name,,address', 'edge-1,,192.0.2.1')).toThrow(
    expect.objectContaining({ code: 'HOSTS_INVALID' }),
  )
})

it.each([';', '\t'])('takes cells separated by %j, as spreadsheets write them in some languages', (by) => {
  const rows = [
    `name${by}address${by}labels${by}taints`,
    `edge-1${by}192.0.2.1${by}"line=3;hall=a"${by}gpu:NoSchedule`,
  ]
  const text = [...rows, `edge-2${by}${by}"line=4, hall=b"${by}`, ''].join('\r\n')
  expect(parseHosts(text, 'hosts.csv')).toEqual([
    { nodeName: 'edge-1', nodeIp: '192.0.2.1', labels: { line: '3', hall: 'a' }, taints: ['gpu:NoSchedule'] },
    { nodeName: 'edge-2', labels: { line: '4', hall: 'b' } },
  ])
})

it('says which cells go in quotes where the table is separated by semicolons', () => {
  expect(wrong('# edges, all\nname;labels\nedge-1;line=3;hall=a')).toEqual([
    'hosts.csv:3: 3 cells for 2 columns: put a cell with semicolons in quotes',
  ])
})

it('counts the lines of a quoted cell, and of comments and empty lines, as an editor does', () => {
  const text = 'name,labels\n# one\n\nedge-1,"line=3;\nhall=a"\nEdge_2,\n'
  expect(wrong(text)).toEqual([expect.stringMatching(/^hosts\.csv:6: name is not valid/)])
  expect(parseHosts(text.replace('Edge_2', 'edge-2'), 'hosts.csv')[0]?.labels).toEqual({
    line: '3',
    hall: 'a',
  })
})

it('says in both languages what is wrong with which row, and how one is written', () => {
  const thrown = (() => {
    try {
      return parseHosts('name,labels\nedge-1,line\nedge-1,x=1\n', 'hosts.csv')
    } catch (error) {
      return error
    }
  })()
  expect(thrown).toMatchObject({
    because: { zh: 'hosts.csv:2：标签 line：应为 key=value' },
    fix: {
      en: expect.stringContaining('nothing was written'),
      zh: expect.stringContaining('没有写入任何文件'),
    },
  })
})

it('takes an address for the same one however it is written', () => {
  expect(wrong('name,address\ne1,2001:db8::1\ne2,2001:DB8:0::1\ne3,192.0.2.1\ne4,::ffff:192.0.2.1')).toEqual([
    'hosts.csv:3: address 2001:DB8:0::1 is also in line 2',
    'hosts.csv:5: address ::ffff:192.0.2.1 is also in line 4',
  ])
})

it.each(['"a=1;b=2', '"a=1"x', '"'])('says of %j that its quote has no end', (cell) => {
  expect(wrong(`name,address,labels\ne1,,${cell}\n`)).toEqual([
    `hosts.csv:2: ${cell}: the quote has no end, or something follows it in its cell`,
  ])
})

it('takes labels whose names JavaScript knows, too', () => {
  expect(parseHosts('name,labels\ne1,constructor=a;toString=b', 'hosts.csv')[0]?.labels).toEqual({
    constructor: 'a',
    toString: 'b',
  })
})

it('refuses a label that JavaScript would lose', () => {
  expect(wrong('name,labels\ne1,a=b;__proto__=1')).toEqual([
    'hosts.csv:2: labels is not valid: expected: a label key, not "__proto__"',
  ])
})

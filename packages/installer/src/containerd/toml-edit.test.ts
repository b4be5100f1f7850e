import { parse } from 'smol-toml'
import { expect, it } from 'vitest'
import { pathKey, tomlSettings, tomlStrings, withSetting } from './toml-edit.ts'

const TEXT = `# the operator's words
disabled_plugins = [
  "cri", # off
  "io.containerd.x.v1.y",
]
version = 2

[plugins]
  [plugins."io.containerd.grpc.v1.cri"] # here
    sandbox_image = "old#1" # keep me
    [plugins.'io.containerd.grpc.v1.cri'.cni]
      bin_dir = '/usr/lib/cni'
[[rows]]
  sandbox_image = "not seen"
[debug]
  level = "info"`

const CRI = ['plugins', 'io.containerd.grpc.v1.cri']

it('reads settings whatever quotes, comments and lines they are written with', () => {
  const settings = tomlSettings(TEXT)
  const strings = (...path: string[]) => tomlStrings(settings.get(pathKey(path)))
  expect(strings('disabled_plugins')).toEqual(['cri', 'io.containerd.x.v1.y'])
  expect(strings(...CRI, 'sandbox_image')).toEqual(['old#1'])
  expect(strings(...CRI, 'cni', 'bin_dir')).toEqual(['/usr/lib/cni'])
  expect(settings.get(pathKey(['version']))).toBe('2')
  expect(settings.size).toBe(5)
})

it('replaces a value where it stands, with nothing else changed', () => {
  expect(withSetting(TEXT, [...CRI, 'sandbox_image'], '"new"')).toBe(TEXT.replace('"old#1"', '"new"'))
  const several = withSetting(TEXT, ['disabled_plugins'], '[]')
  expect(several).toBe(TEXT.replace(/= \[[^\]]*\]/, '= []'))
})

it('adds a line below the head of its table, or a table at the end', () => {
  expect(withSetting(TEXT, [...CRI, 'enable_selinux'], 'true')).toBe(
    TEXT.replace('# here\n', '# here\n    enable_selinux = true\n'),
  )
  expect(withSetting(TEXT, [...CRI, 'containerd', 'x.y', 'on'], 'true')).toBe(
    `${TEXT}\n\n[plugins."io.containerd.grpc.v1.cri".containerd."x.y"]\n  on = true\n`,
  )
  expect(withSetting('# words\n[debug]\n', ['version'], '2')).toBe('# words\nversion = 2\n[debug]\n')
  expect(withSetting('', ['version'], '2')).toBe('version = 2\n')
})

it('refuses a value without an end, naming its line', () => {
  expect(() => tomlSettings('x = [\n"a",\n')).toThrow(
    expect.objectContaining({
      code: 'TOML_UNREADABLE',
      what: expect.objectContaining({ en: expect.stringContaining('line 3') }),
    }),
  )
})

it.each([
  ['arrays', `a = ${'['.repeat(20_000)}${']'.repeat(20_000)}`],
  ['inline tables', `a = ${'{a='.repeat(20_000)}1${'}'.repeat(20_000)}`],
  ['the parts of a key', `a${'.a'.repeat(20_000)} = 1`],
  ['the parts of a head', `[a${'.a'.repeat(20_000)}]`],
])('refuses thousands of levels: %s', (_what, text) => {
  const refused = expect.objectContaining({
    code: 'TOML_UNREADABLE',
    what: expect.objectContaining({ en: "cannot read containerd's configuration" }),
    because: expect.objectContaining({ en: expect.stringContaining('nested too deeply') }),
  })
  expect(() => withSetting(text, [...CRI, 'x'], 'true')).toThrow(refused)
})

it('reads keys and strings with escapes, strings of several lines, and inline tables', () => {
  const text = '"k\\u00e9y" = """a \\"b\\"\nc"""\nplugins = { "x.y" = { on = true }, z.on = false }\n'
  const settings = tomlSettings(text)
  expect(tomlStrings(settings.get(pathKey(['kéy'])))).toEqual(['a "b"\nc'])
  expect(settings.get(pathKey(['plugins', 'x.y', 'on']))).toBe('true')
  expect(withSetting(text, ['plugins', 'z', 'on'], 'true')).toBe(text.replace('false', 'true'))
})

it.each([
  ['into an inline table', 'plugins = { a = 1 }\n', ['plugins', 'b']],
  ['beside dotted keys', 'plugins.cri.a = 1\n', ['plugins', 'cri', 'b']],
  ['below a row of tables', '[[plugins]]\na = 1\n', ['plugins', 'b']],
  ['below a value', 'plugins = 1\n', ['plugins', 'b']],
])('refuses to write %s', (_, text, path) => {
  expect(() => withSetting(text, path, '2')).toThrow(
    expect.objectContaining({ code: expect.stringMatching(/^TOML_UN/) }),
  )
})

it('takes time in proportion to the text', () => {
  const text = (count: number) => `x = [\n${'"entry",\n'.repeat(count)}]\n[a]\ny = 1\n`
  const milliseconds = (count: number) => {
    const started = performance.now()
    withSetting(text(count), ['a', 'y'], '2')
    return performance.now() - started
  }
  // The fastest of several, taken in turn: others work on this machine, too.
  let [short, long] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]
  for (let round = 0; round < 6; round++) {
    short = Math.min(short, milliseconds(2000))
    long = Math.min(long, milliseconds(32_000))
  }
  expect(long / short).toBeLessThan(120) // 16 when linear, 256 when quadratic
})

it('changes what one setting means and nothing else, as another parser reads it', () => {
  let state = 7
  const below = (limit: number): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
    return (state >>> 8) % limit
  }
  const one = <T>(list: readonly [T, ...T[]]): T => list[below(list.length)] ?? list[0]
  const names = ['a', 'e-f', '"b.c"', "'d'", '"g\\u0068"'] as const
  const values = [
    '1',
    'true',
    '"a # b"',
    "'lit\\'",
    '"""x\n"y"\n"""',
    '[1, [2], # c\n 3]',
    '{ q = "}", r = [1] }',
  ] as const
  let edits = 0
  for (let round = 0; round < 400; round++) {
    const rows = () =>
      names
        .filter(() => below(2) === 0)
        .map((name) => `  ${name} = ${one(values)}${one(['', ' # why', ' '])}`)
    const text = ['# head', ...rows(), '[t]', ...rows(), '  [t.u] # here', ...rows(), ''].join(
      one(['\n', '\n\n']),
    )
    const path = one([['a'], ['new'], ['t', 'b.c'], ['t', 'u', 'fresh'], ['v', 'w']])
    const expected = parse(text) as Record<string, unknown>
    let at = expected
    for (const part of path.slice(0, -1)) {
      at[part] ??= {}
      at = at[part] as Record<string, unknown>
    }
    if (typeof at[path.at(-1) ?? ''] === 'object' && !Array.isArray(at[path.at(-1) ?? ''])) continue // a table
    at[path.at(-1) ?? ''] = 'set'
    expect(parse(withSetting(text, path, '"set"')), text).toEqual(expected)
    edits++
  }
  expect(edits).toBeGreaterThan(350)
})

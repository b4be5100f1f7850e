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

it('refuses a value without an end', () => {
  expect(() => tomlSettings('x = [\n"a",\n')).toThrow(expect.objectContaining({ code: 'STEP_FAILED' }))
})

import { describe, expect, it } from 'vitest'
import { helmIgnore } from './helm-ignore.ts'

const left = (rules: string, path: string): boolean => helmIgnore(Buffer.from(rules), 'c')(path)

/** Cases of Helm's own documentation of `.helmignore`, and of pkg/ignore/rules.go. */
describe('.helmignore', () => {
  it.each<[rules: string, path: string, isLeftOut: boolean]>([
    ['helm.txt', 'helm.txt', true],
    ['helm.txt', 'docs/helm.txt', true],
    ['helm.*', 'helm.yaml', true],
    ['.*', '.git/config', true],
    ['/cargo/', 'cargo/a.txt', true],
    ['/cargo/', 'docs/cargo/a.txt', false],
    ['cargo/', 'docs/cargo/a.txt', true],
    ['cargo/', 'cargo', false],
    ['docs/*.md', 'docs/a.md', true],
    ['docs/*.md', 'docs/deep/a.md', false],
    ['a[b-d].txt', 'ac.txt', true],
    ['a[^b-d].txt', 'ac.txt', false],
    ['ab?.txt', 'abc.txt', true],
    ['a\\*b', 'a*b', true],
    ['  spaced.txt  \r\n', 'spaced.txt', true],
    ['# helm.txt', 'helm.txt', false],
    ['\ufeffhelm.txt', 'helm.txt', true],
    ['!values.yaml', 'README.md', true],
    ['', 'templates/.hidden', true],
    ['', 'templates/sub/.hidden', false],
    ['', '.helmignore', false],
  ])('%j leaves out %s: %s', (rules, path, isLeftOut) => {
    expect(left(rules, path)).toBe(isLeftOut)
  })

  it.each(['a/**/b', '[a'])('has a rule that Helm refuses: %s', (rule) => {
    expect(() => helmIgnore(Buffer.from(rule), 'c')).toThrow(/CHART_IGNORE_INVALID/)
  })
})

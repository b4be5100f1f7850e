import { describe, expect, it } from 'vitest'
import { globOf } from './glob.ts'

/** Cases of Go's own tests of path/filepath.Match, and of what it says of its patterns. */
describe('a pattern', () => {
  it.each<[glob: string, path: string, fits: boolean]>([
    ['abc', 'abc', true],
    ['*', 'abc', true],
    ['*c', 'abc', true],
    ['a*', 'a', true],
    ['a*', 'ab/c', false],
    ['a*/b', 'abc/b', true],
    ['a*/b', 'a/c/b', false],
    ['a*b*c*d*e*/f', 'axbxcxdxe/f', true],
    ['a*b*c*d*e*/f', 'axbxcxdxexxx/f', true],
    ['a*b*c*d*e*/f', 'axbxcxdxe/xxx/f', false],
    ['a*b?c*x', 'abxbbxdbxebxczzx', true],
    ['a*b?c*x', 'abxbbxdbxebxczzy', false],
    ['ab[c]', 'abc', true],
    ['ab[b-d]', 'abc', true],
    ['ab[e-g]', 'abc', false],
    ['ab[^c]', 'abc', false],
    ['ab[^e-g]', 'abc', true],
    ['a\\*b', 'a*b', true],
    ['a\\*b', 'ab', false],
    ['a?b', 'a☺b', true],
    ['a[^a]b', 'a☺b', true],
    ['a???b', 'a☺b', false],
    ['[a-ζ]*', 'α', true],
    ['*[a-ζ]', 'A', false],
    ['a?b', 'a/b', false],
    ['[\\]a]', ']', true],
    ['[x\\-]', '-', true],
    ['[x\\-]', 'z', false],
    ['[\\-x]', 'a', false],
    ['*x', 'xxx', true],
    ['', '', true],
    ['', 'a', false],
  ])('%j fits %s: %s', (glob, path, fits) => {
    expect(globOf(glob)?.(path)).toBe(fits)
  })

  it.each(['[]a]', '[-]', '[x-]', '[-x]', '[a-b-c]', '[', '[^', '[^bc', 'a[', '\\', '[a\\'])(
    '%j is bad',
    (glob) => {
      expect(globOf(glob)).toBeUndefined()
    },
  )

  it('with many stars takes no time', () => {
    const fits = globOf(`${'*a'.repeat(2000)}b`)
    const started = performance.now()
    expect(fits?.('a'.repeat(4096))).toBe(false)
    expect(performance.now() - started).toBeLessThan(2000)
  })
})

import type { Header } from 'tar-stream'
import { describe, expect, it } from 'vitest'
import { layerTree } from './layer-tree.ts'

const header = (name: string, more: Partial<Header> = {}): Header =>
  ({ name, type: 'file', size: 0, mode: 0o644, linkname: null, ...more }) as Header

function add(tree: ReturnType<typeof layerTree>, ...headers: Header[]): void {
  for (const [entry, one] of headers.entries()) tree.add(one, { layer: 0, entry }, 'image')
}

describe('an image that is made to fill memory', () => {
  it.each<[string, Header]>([
    ['a path of a million folders', header('d/'.repeat(1_000_000))],
    ['a path that is too long', header('x'.repeat(4097))],
    ['a path that is too deep', header(`${'d/'.repeat(256)}f`)],
    ['the target of a link', header('l', { type: 'symlink', linkname: 'd/'.repeat(100_000) })],
    ['the target of a hard link', header('l', { type: 'link', linkname: 'd/'.repeat(100_000) })],
  ])('is refused: %s', (_name, entry) => {
    expect(() => add(layerTree(), entry)).toThrow(expect.objectContaining({ code: 'CONTENT_TOO_LARGE' }))
  })

  it('is refused: more files and folders than the limit, those that only a path names included', () => {
    const tree = layerTree(10)
    add(tree, header('a/b/c/d/e'), header('a/b/c/d/e'), header('a/f'), header('a/g', { type: 'directory' }))
    expect(() => add(tree, header('1/2/3/4'))).toThrow(expect.objectContaining({ code: 'CONTENT_TOO_LARGE' }))
  })
})

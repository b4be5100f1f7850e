import { describe, expect, it } from 'vitest'
import { parseImageList } from './image-list.ts'

const WHERE = 'https://f.example/k3s-images.txt'

describe('a list of images', () => {
  it('is read in canonical form, each image once, sorted', () => {
    const text =
      '# K3s\ndocker.io/rancher/klipper-lb:v0.4\r\n\nbusybox:1.36  # why\n  busybox:1.36\nr.example:5000/a:1\n'
    expect(parseImageList(text, WHERE)).toEqual([
      'docker.io/library/busybox:1.36',
      'docker.io/rancher/klipper-lb:v0.4',
      'r.example:5000/a:1',
    ])
  })

  it.each([
    ['no tag', 'a:1\nbusybox\n', 2, 'busybox'],
    ['the tag latest', 'busybox:latest\n', 1, 'busybox:latest'],
    ['a web page', '<!DOCTYPE html>\n', 1, '<!DOCTYPE html>'],
    ['two images on a line', 'a:1 b:1\n', 1, 'a:1 b:1'],
    ['a line that is very long', `a:${'x'.repeat(300)}\n`, 1, `a:${'x'.repeat(78)}`],
  ])('is refused with its line when it has %s', (_what, text, line, shown) => {
    expect(() => parseImageList(text, WHERE)).toThrow(
      expect.objectContaining({
        code: 'IMAGE_LIST_INVALID',
        what: {
          en: `${WHERE}, line ${line}: not an image with a fixed tag`,
          zh: `${WHERE} 第 ${line} 行：不是带固定标签的镜像`,
        },
        because: { en: `it reads "${shown}"`, zh: `内容为 "${shown}"` },
      }),
    )
  })

  it('may have as many images as the longest of the field, and not thousands', () => {
    const list = (count: number) => Array.from({ length: count }, (_, image) => `a/b${image}:1\n`).join('')
    expect(parseImageList(list(2000), WHERE)).toHaveLength(2000)
    expect(() => parseImageList(list(2001), WHERE)).toThrow(
      expect.objectContaining({
        code: 'IMAGE_LIST_INVALID',
        what: expect.objectContaining({ en: `${WHERE} names 2001 images, at most 2000 are accepted` }),
      }),
    )
  })

  it.each(['', '\n\n', '# nothing\n'])('is refused when it names no image: %j', (text) => {
    expect(() => parseImageList(text, WHERE)).toThrow(
      expect.objectContaining({
        code: 'IMAGE_LIST_INVALID',
        what: { en: `${WHERE} names no image`, zh: `${WHERE} 中没有镜像` },
      }),
    )
  })
})

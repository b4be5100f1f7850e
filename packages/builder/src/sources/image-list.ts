import { beginningOf } from '@edgelift/core'
import { formatReference, parseReference } from '@edgelift/oci'
import { fail } from '../codes.ts'

/** Images of one list. The longest lists of the field (RKE2 with all its options) have some 200. */
const IMAGES_LIMIT = 2000

/**
 * Reads a list of images, one reference on each line (`k3s-images.txt`); returns them in canonical form.
 * @param where how an error names the list: its URL
 * @throws IMAGE_LIST_INVALID naming the line; for too many images, and for none
 */
export function parseImageList(text: string, where: string): string[] {
  const images = text.split(/\r?\n/).flatMap((raw, index) => {
    const line = raw.replace(/#.*/, '').trim()
    return line === '' ? [] : [readLine(line, where, index + 1)]
  })
  const distinct = [...new Set(images)].sort()
  if (distinct.length > IMAGES_LIMIT) throw tooMany(where, distinct.length)
  if (distinct.length > 0) return distinct
  throw fail('IMAGE_LIST_INVALID', {
    what: { en: `${where} names no image`, zh: `${where} 中没有镜像` },
    fix: { en: 'check the URL of the list', zh: '请检查列表的 URL' },
  })
}

function tooMany(where: string, count: number): Error {
  return fail('IMAGE_LIST_INVALID', {
    what: {
      en: `${where} names ${count} images, at most ${IMAGES_LIMIT} are accepted`,
      zh: `${where} 中有 ${count} 个镜像，最多接受 ${IMAGES_LIMIT} 个`,
    },
    fix: { en: 'check the URL of the list', zh: '请检查列表的 URL' },
  })
}

function readLine(line: string, where: string, number: number): string {
  try {
    const reference = parseReference(line)
    if (reference.tag !== undefined && reference.tag !== 'latest') return formatReference(reference)
  } catch (cause) {
    throw invalidLine(line, where, number, cause)
  }
  throw invalidLine(line, where, number)
}

function invalidLine(line: string, where: string, number: number, cause?: unknown): Error {
  return fail(
    'IMAGE_LIST_INVALID',
    {
      what: {
        en: `${where}, line ${number}: not an image with a fixed tag`,
        zh: `${where} 第 ${number} 行：不是带固定标签的镜像`,
      },
      because: { en: `it reads "${beginningOf(line, 80)}"`, zh: `内容为 "${beginningOf(line, 80)}"` },
      fix: {
        en: 'check the URL of the list and your proxy: it may have answered with a web page',
        zh: '请检查列表的 URL 和代理：返回的可能是网页',
      },
    },
    { cause },
  )
}

import { describe, expect, it } from 'vitest'
import { verifyArchive } from './verify.ts'
import { verifyDirectory } from './verify-directory.ts'

describe('a place that is not there', () => {
  it.each([
    ['an archive', () => verifyArchive('/nowhere/x.tar.gz')],
    ['a directory', () => verifyDirectory('/nowhere/x')],
  ])('is named as %s, in the language of the rest', async (_title, look) => {
    await expect(look()).rejects.toMatchObject({
      code: 'NOT_A_BUNDLE',
      because: { en: 'no such file or directory', zh: '文件或目录不存在' },
    })
  })
})

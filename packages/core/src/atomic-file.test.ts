import { expect, it } from 'vitest'
import { writeFileAtomic } from './atomic-file.ts'

it('names the file that cannot be written, not the temporary one beside it', async () => {
  await expect(writeFileAtomic('/nowhere/at-all/report.html', '')).rejects.toMatchObject({
    code: 'ENOENT',
    path: '/nowhere/at-all/report.html',
    message: expect.stringContaining("'/nowhere/at-all/report.html'"),
  })
})

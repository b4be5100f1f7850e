import { execFileSync } from 'node:child_process'
import { archiveWriter } from './archive-writer.ts'

// A process of the test, which may write no file of more than 1,000 bytes: prints the code of the error and the path that it names.
const [out = '', bytes = ''] = process.argv.slice(2)

process.on('SIGXFSZ', () => {}) // else the system ends the process
execFileSync('prlimit', ['--pid', String(process.pid), '--fsize=1000'])
const writer = await archiveWriter({ out, top: 'b' })
try {
  const content = Buffer.alloc(Number(bytes))
  await writer.file({ path: 'x', mode: '0644', size: content.length, compress: false }, [content])
  await writer.finish()
} catch (error) {
  const { code, path } = error as NodeJS.ErrnoException
  process.stdout.write(`${code} ${path}`)
} finally {
  await writer.abort()
}

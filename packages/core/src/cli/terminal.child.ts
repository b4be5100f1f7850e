import { failures } from '../errors.ts'
import { runProgram } from './program.ts'
import type { CommandHandler } from './specs.ts'

// A command of the test that does everything that may meet progress on a terminal.
const fail = failures({ REFUSED: { exit: 3, title: { en: 'refused', zh: '拒绝' } } })
const frame = () => new Promise((resolve) => setTimeout(resolve, 130)) // longer than one

const work: CommandHandler = async (_args, { report, streams, pause }) => {
  report({ type: 'phase', id: 'a', title: { en: 'Fetching', zh: '下载' }, number: 1, count: 2 })
  const cloud = { id: 'a', label: 'docker.io/kubeedge/cloudcore:v1.22.0 sha256:0123456789ab' }
  const edge = { id: 'b', label: '边缘节点的镜像文件，名称很长很长很长' }
  const labelled = { ...edge, total: 2_000_000 }
  report({ type: 'transfer', ...cloud, done: 123_456_789, total: 987_654_321 })
  report({ type: 'transfer', ...labelled, done: 1_000_000 })
  report({ type: 'transfer', id: 'c', label: 'a file whose size nobody knows', done: 1_000 })
  report({ type: 'total', done: 124_456_789, total: 989_654_321, items: 17, of: 1234 })
  await frame()
  report({
    type: 'wait',
    id: 'w',
    what: { en: 'the API of a cluster', zh: '集群的 API' },
    seconds: 3,
    deadline: 900,
  })
  await frame()
  streams.stderr.write('written beside the bars\n')
  await frame()
  report({ type: 'transferred', ...edge, fetched: 2_000_000 })
  report({ type: 'transferred', ...cloud, fetched: 123_456_789, partial: true })
  const resume = pause()
  report({
    type: 'note',
    level: 'info',
    text: { en: 'noted during the question', zh: '提问期间的消息' },
  })
  process.stdout.write('question? ')
  await frame()
  process.stdout.write('answer\n')
  resume()
  await frame()
  report({ type: 'phase', id: 'audit', title: { en: 'Audit', zh: '校验' }, number: 2, count: 2 })
  report({ type: 'transfer', id: 'audit', label: '/data/archive', done: 5, total: 9 })
  await frame()
  report({ type: 'transfer', id: 'audit', label: '/data/archive', done: 9, total: 9 })
  await frame()
  report({ type: 'transfer', id: 'late', label: 'still there when it fails', done: 5, total: 9 })
  await frame()
  const full = 'x'.repeat((process.stdout.columns ?? 80) - 'fix: '.length)
  throw fail('REFUSED', { what: { en: 'this is refused', zh: '已拒绝' }, because: 'reason', fix: full })
}

process.exitCode = await runProgram(
  {
    name: 'tool',
    version: '1',
    describe: { en: 'A tool', zh: '工具' },
    resume: { en: 'run it again', zh: '请重新运行' },
    commands: [{ usage: 'work', describe: { en: 'works', zh: '执行' }, load: () => Promise.resolve(work) }],
  },
  { argv: process.argv.slice(2), env: process.env, streams: process },
)

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Pair, qemuPair } from '../support/nodes/index.ts'

let pair: Pair
beforeAll(async () => {
  pair = await qemuPair()
})
afterAll(async () => {
  await pair?.[Symbol.asyncDispose]()
})

it('gives machines with a kernel of their own, which reach each other', async () => {
  const { stdout } = await pair.edge.exec('hostname; uname -r; stat -f -c %T /sys/fs/cgroup; nproc')
  expect(stdout).toMatch(/^edge\n\S+-cloud-amd64\ncgroup2fs\n2\n$/)
  await pair.cloud.exec(['ping', '-c', '10', '-W', '5', pair.edge.address])
  await pair.edge.exec('modprobe overlay && ulimit -n 1048576 && echo -998 > /proc/self/oom_score_adj')
})

it('runs commands: input, exit code, what is printed, a kill half way', async () => {
  const ended = await pair.edge.exec('cat; echo $WORD >&2; exit 3', {
    input: 'given'.repeat(100_000),
    env: { WORD: 'said' },
    check: false,
  })
  expect(ended).toEqual({ code: 3, stdout: 'given'.repeat(100_000), stderr: 'said\n' })
  const command = pair.edge.spawn(['sh', '-c', 'echo one; sleep 300 & wait'])
  for await (const line of command.lines) {
    expect(line).toBe('one')
    await command.kill()
  }
  expect((await command.done).code).toBe(137)
})

it('takes folders in, fills a disk and changes the clock', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'edgelift-'))
  await writeFile(path.join(folder, 'a'), 'content', { mode: 0o750 })
  await pair.edge.copyIn(folder, '/data/copy')
  await pair.edge.copyIn(path.join(folder, 'a'), '/data/b')
  expect((await pair.edge.exec('cat /data/copy/a; stat -c %a /data/b')).stdout).toBe('content750\n')
  await rm(folder, { recursive: true })
  const full = await pair.edge.fillDisk('/data', 8192)
  const write = 'head -c 100000 /dev/zero > /data/new'
  expect((await pair.edge.exec(write, { check: false })).stderr).toContain('No space left on device')
  await full[Symbol.asyncDispose]()
  await pair.edge.exec(write)
  await pair.edge.clock(-86_400)
  const yesterday = Number((await pair.edge.exec('date +%s')).stdout) - Date.now() / 1000
  expect(yesterday).toBeLessThan(-86_000)
})

it('loses its power and boots from its disk', async () => {
  await pair.edge.exec('echo kept > /root/kept; sync; echo gone > /run/gone')
  await pair.edge.powerLoss()
  await expect(pair.edge.exec('true')).rejects.toThrow('edge is off')
  await pair.edge.boot()
  expect(
    (await pair.edge.exec('hostname; cat /root/kept /data/copy/a; ls /run/gone', { check: false })).stdout,
  ).toBe('edge\nkept\ncontent')
  await pair.cloud.exec(['ping', '-c', '10', '-W', '5', pair.edge.address])
})

it('records who tries to get out', async () => {
  expect(await pair.egress()).toEqual([])
  await pair.cloud.exec('curl -sS -m 10 http://8.8.8.8/', { check: false })
  expect(await pair.egress()).toEqual([
    { node: 'cloud', kind: 'packet', protocol: 'tcp', destination: '8.8.8.8', port: 80 },
  ])
})

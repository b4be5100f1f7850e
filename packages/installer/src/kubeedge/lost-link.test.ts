import { afterEach, beforeEach, expect, it } from 'vitest'
import { type Trial, trial } from '../testing/trial.ts'
import { replaceLostLink } from './lost-link.ts'

const agent = {
  ctr: ['ctr', '-n', 'k8s.io'],
  agentImage: 'docker.io/kubeedge/edgemesh-agent:v1.17.0',
} as const
const KILL = 'ctr -n k8s.io tasks kill'
const LINK = '7: edgemesh0    inet 169.254.96.16/32 scope global edgemesh0'
const UPTIME = 1000 // of the machine, in seconds

let on: Trial
beforeEach(async () => {
  on = await trial()
  on.script(
    'ctr -n k8s.io containers ls',
    'CONTAINER IMAGE RUNTIME\na docker.io/kubeedge/edgemesh-agent:v1.17.1 x\nb docker.io/x:1 x\n',
  )
  on.script('ctr -n k8s.io tasks ls', 'TASK PID STATUS\na 70 RUNNING\nb 71 RUNNING\n')
  on.script(KILL, '')
  await startsAt('self', UPTIME - process.uptime())
})
afterEach(() => on[Symbol.asyncDispose]())

// proc(5): the start is field 22, in ticks of 10 ms since the boot.
const startsAt = (pid: number | 'self', uptime: number) =>
  on.put(`/proc/${pid}/stat`, `${pid} (x) S ${'0 '.repeat(18)}${Math.round(uptime * 100)} `)
const killed = () => on.calls.filter((line) => line.startsWith(KILL))
async function look(addresses: string | { code: number }, seconds: number): Promise<string[]> {
  on.script('ip -4 -o addr show', addresses)
  await startsAt(70, UPTIME - seconds)
  await startsAt(71, UPTIME - seconds)
  await replaceLostLink({ host: on.host, report: (event) => void on.events.push(event) }, agent)
  return killed()
}

it('an agent that runs without its link is ended once it had the time to make it, and that is said', async () => {
  expect(await look('1: lo    inet 127.0.0.1/8 scope host lo', 600)).toEqual([`${KILL} -s 9 -a a`])
  expect(on.events).toMatchObject([{ level: 'warning', text: { zh: expect.stringContaining('edgemesh0') } }])
})

it.each([
  ['has just started', '', 20],
  ['has its link', LINK, 600],
  ['may have it, as nobody tells', { code: 1 }, 600],
])('one that %s is left alone', async (_what, addresses, seconds) => {
  expect(await look(addresses, seconds)).toEqual([])
  expect(on.events).toEqual([])
})

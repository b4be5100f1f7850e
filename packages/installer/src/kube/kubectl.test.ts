import type { ExecResult } from '@edgelift/core'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { type Cluster, fieldOf, get, kubectl, secretValue, tryKubectl, watchFor } from './kubectl.ts'

const Named = z.object({ metadata: z.object({ name: z.string() }) })

/** A cluster whose kubectl gives this one result, and the command lines that it was given. */
function clusterThat(result: Partial<ExecResult>) {
  const calls: string[] = []
  const exec = async (command: string, args: readonly string[]) => {
    calls.push([command, ...args].join(' '))
    return { code: 0, stdout: '', stderr: '', ...result }
  }
  const host = { root: '/', env: {}, now: Date.now, exec }
  const cluster: Cluster = { host, kubectl: ['k3s', 'kubectl'], kubeconfig: '/k' }
  return { cluster, calls }
}

it('asks for JSON in the namespace, and returns what the schema declares', async () => {
  const stdout = JSON.stringify({ kind: 'Node', metadata: { name: 'edge-1', uid: 'x' } })
  const { cluster, calls } = clusterThat({ stdout })
  expect(await get(cluster, Named, ['secret', 'edge-1'], 'kubeedge')).toEqual({
    metadata: { name: 'edge-1' },
  })
  expect(calls).toEqual(['k3s kubectl --kubeconfig /k -n kubeedge get secret edge-1 -o json'])
})

it('tells a question that failed from an object that is not there', async () => {
  expect(await get(clusterThat({ code: 1 }).cluster, Named.nullable(), ['node', 'a'])).toBeUndefined()
  const end = clusterThat({ stdout: 'null', isCut: true }).cluster // of a longer text, which says something else
  expect(await get(end, Named.nullable(), ['nodes'])).toBeUndefined()
  expect(await get(clusterThat({ stdout: '\n' }).cluster, Named.nullable(), ['node', 'a'])).toBeNull()
})

it.each([
  ['another document', '{"metadata":{"name":["c2VjcmV0"]}}', 'metadata.name'],
  ['no JSON', 'c2VjcmV0 is no JSON', 'not JSON'],
  ['nothing', '', 'must be an object'],
])('names the command that printed %s, and nothing of what it printed', async (_title, stdout, why) => {
  const failed = await get(clusterThat({ stdout }).cluster, Named, ['secret', 'a'], 'b').catch(
    (error) => error,
  )
  expect(failed).toMatchObject({ code: 'COMMAND_FAILED' })
  const text = JSON.stringify(failed)
  expect(text).toContain('k3s kubectl -n b get secret a -o json')
  expect(text).toContain(why)
  expect(text).not.toContain('c2VjcmV0')
})

it('reads an empty field as none', async () => {
  expect(await fieldOf(clusterThat({ stdout: '' }).cluster, ['node', 'a'], '.spec.x')).toBeUndefined()
  const { cluster, calls } = clusterThat({ stdout: 'True' })
  expect(await fieldOf(cluster, ['node', 'a'], '.spec.x')).toBe('True')
  expect(calls).toEqual(['k3s kubectl --kubeconfig /k get node a -o jsonpath={.spec.x}'])
})

it("decodes a Secret's value, whose key may have dots", async () => {
  const { cluster, calls } = clusterThat({ stdout: 'YWI=' })
  const place = { namespace: 'n', name: 's', key: 'stream.crt' }
  expect((await secretValue(cluster, place))?.toString()).toBe('ab')
  expect(calls).toEqual(['k3s kubectl --kubeconfig /k -n n get secret s -o jsonpath={.data.stream\\.crt}'])
})

it('asks an API again that restarts, and no other that fails', async () => {
  const answers = [
    {
      code: 1,
      stderr:
        'The connection to the server 127.0.0.1:6443 was refused - did you specify the right host or port?',
    },
    { code: 0, stdout: 'labeled' },
    { code: 1, stderr: 'Error from server (NotFound): services "kubernetes" not found' },
  ]
  const { cluster } = clusterThat({})
  const exec = async () => ({ stdout: '', stderr: '', code: 1, ...answers.shift() })
  const one = { ...cluster, host: { ...cluster.host, exec } }
  expect(await kubectl(one, ['label'])).toBe('labeled')
  await expect(kubectl(one, ['label'])).rejects.toMatchObject({ code: 'COMMAND_FAILED' })
  expect(answers).toEqual([])
})

it.each([
  'pods "web-6c5ff56b4-" is forbidden: Timeout: Too large resource version: 0, current: 1759',
  'pods "web-6c5ff56b4-" is forbidden: not yet ready to handle request',
  'Error from server (ServiceUnavailable): the server is currently unable to handle the request',
])('asks again where the API has only just started: %s', async (stderr) => {
  const answers = [
    { code: 1, stdout: '', stderr },
    { code: 0, stdout: 'applied', stderr: '' },
  ]
  const { cluster } = clusterThat({})
  const exec = async () => answers.shift() ?? { code: 1, stdout: '', stderr: '' }
  expect(await kubectl({ ...cluster, host: { ...cluster.host, exec } }, ['apply', '-f', '-'], '{}')).toBe(
    'applied',
  )
})

it('gives an API that hangs the whole time once, and little time for the questions that follow', async () => {
  const codes = [124, 124, 0, 0]
  const timeouts: (number | undefined)[] = []
  const exec: Cluster['host']['exec'] = async (_command, _args, options) => {
    timeouts.push(options?.timeout)
    return { code: codes[timeouts.length - 1] ?? 1, stdout: 'ok', stderr: '' }
  }
  const host = { root: '/', env: {}, now: Date.now, exec }
  const cluster: Cluster = { host, kubectl: ['k3s', 'kubectl'], kubeconfig: '/k' }
  const answers = []
  for (const _ of codes) answers.push(await tryKubectl(cluster, 'get', 'nodes'))
  expect(answers).toEqual([undefined, undefined, 'ok', 'ok'])
  expect(timeouts).toEqual([30_000, 5_000, 5_000, 30_000])
})

describe('a watch', () => {
  const watch = (result: Partial<ExecResult>) =>
    watchFor(clusterThat(result).cluster, ['nodes'], '{.x}', 1000)

  it('gives what changed until the time was up', async () => {
    expect(await watch({ code: 124, stdout: 'edge-1 a' })).toBe('edge-1 a')
  })

  it.each([
    ['could not begin', { code: 1, stderr: 'Unable to connect to the server' }, 'Unable to connect'],
    ['was closed early', { code: 0, stdout: 'edge-1 a' }, 'the watch was closed'],
  ])('that %s has not seen everything', async (_what, result, words) => {
    await expect(watch(result)).rejects.toMatchObject({
      code: 'COMMAND_FAILED',
      because: { en: expect.stringContaining(words) },
    })
  })
})

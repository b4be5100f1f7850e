import type { JsonObject } from '@edgelift/bundle'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { NO_RELEASE, type Trial, trial } from '../testing/trial.ts'
import { type Bundle, ownReleases, ownValues, releaseManifest, releaseOf, releaseValues } from './helm.ts'
import type { Cluster } from './kubectl.ts'

const HELM = '/data/archive/bin/helm'
const CHART = { release: 'cloudcore', namespace: 'kubeedge' }

let on: Trial
let bundle: Bundle
let cluster: Cluster
beforeEach(async () => {
  on = await trial()
  bundle = { host: on.host, directory: `${on.root}/data/archive` }
  cluster = { host: on.host, kubectl: ['kubectl'], kubeconfig: '/k' }
})
afterEach(() => on[Symbol.asyncDispose]())

const metadata = (labels: object | null) =>
  JSON.stringify({ status: 'deployed', deployedAt: '2026-11-01T00:00:00Z', version: '1.22.0', labels })

it.each([
  [{ 'installed-by': 'edgelift' }, true],
  [{ 'installed-by': 'somebody' }, false],
  [null, false],
])('a release with labels %j is ours: %s', async (labels, ours) => {
  on.script(`${HELM} get metadata cloudcore`, metadata(labels))
  expect(await releaseOf(bundle, cluster, CHART)).toMatchObject({
    status: 'deployed',
    chart: '1.22.0 ',
    ours,
  })
  expect(on.calls).toEqual([`${HELM} get metadata cloudcore -o json --kubeconfig /k -n kubeedge`])
})

describe('what helm says of a release', () => {
  const ask = {
    releaseOf: () => releaseOf(bundle, cluster, CHART),
    releaseValues: () => releaseValues(bundle, cluster, CHART),
    releaseManifest: () => releaseManifest(bundle, cluster, CHART),
    ownValues: () => ownValues(bundle, cluster, CHART),
  }
  const questions = Object.entries(ask)

  it.each(questions)('is that there is none: %s is undefined', async (_name, question) => {
    on.script(HELM, NO_RELEASE)
    expect(await question()).toBeUndefined()
  })

  it.each(
    questions.flatMap(([name, question]) => [
      [name, 'hangs', { code: 124 }, question] as const,
      [name, 'may not read Secrets', { code: 1, stderr: 'Error: secrets is forbidden' }, question] as const,
      [
        name,
        'cannot decode it',
        { code: 1, stderr: 'Error: unexpected end of JSON input' },
        question,
      ] as const,
    ]),
  )('is nothing about it, for %s, when it %s', async (_name, _what, answer, question) => {
    on.script(HELM, answer)
    await expect(question()).rejects.toMatchObject({ code: 'COMMAND_FAILED' })
  })

  it('is waited for while the API cannot be reached: a K3s under load restarts', async () => {
    let asked = 0
    on.script(HELM, () =>
      ++asked < 3
        ? { code: 1, stderr: 'Error: kubernetes cluster unreachable: connection refused' }
        : metadata({}),
    )
    expect(await ask.releaseOf()).toMatchObject({ status: 'deployed' })
    expect(asked).toBe(3)
  })
})

it.each([
  ['null', {}],
  ['{"a":{"b":1}}', { a: { b: 1 } }],
])('values that helm prints as %s', async (printed, values) => {
  on.script(`${HELM} get values cloudcore`, printed)
  expect(await releaseValues(bundle, cluster, CHART)).toEqual(values)
})

it.each(['[1]', '"psk"', 'psk: secret'])(
  'values that are no object (%s) name helm, not the values',
  async (text) => {
    on.script(`${HELM} get values cloudcore`, text)
    const failed = await releaseValues(bundle, cluster, CHART).catch((error) => error)
    expect(failed).toMatchObject({ code: 'COMMAND_FAILED' })
    expect(JSON.stringify(failed)).toContain('helm get values cloudcore -o json')
    expect(JSON.stringify(failed)).not.toContain('psk')
  },
)

it('own values are those of the last revision of edgelift, without what it kept of others', async () => {
  const values: JsonObject = { ours: 1, mixed: { ours: 2, theirs: 3 }, theirs: 4 }
  const kept = JSON.stringify([['mixed', 'theirs'], ['theirs']])
  on.script(
    `${HELM} history cloudcore`,
    JSON.stringify([
      { revision: 1, description: 'installed by edgelift' },
      { revision: 2, description: `installed by edgelift, others' values kept: ${kept}` },
      { revision: 3, description: 'Upgrade complete' },
    ]),
  )
  on.script(`${HELM} get values cloudcore --revision 2`, JSON.stringify(values))
  expect(await ownValues(bundle, cluster, CHART)).toEqual({ ours: 1, mixed: { ours: 2 } })
})

it('own values are all of a revision whose description somebody has cut', async () => {
  const description = `installed by edgelift, others' values kept: [["mixed","th`
  on.script(`${HELM} history cloudcore`, JSON.stringify([{ revision: 2, description }]))
  on.script(`${HELM} get values cloudcore --revision 2`, JSON.stringify({ ours: 1 }))
  expect(await ownValues(bundle, cluster, CHART)).toEqual({ ours: 1 })
})

it('own values are unknown where no revision is of edgelift', async () => {
  on.script(`${HELM} history cloudcore`, JSON.stringify([{ revision: 1 }]))
  expect(await ownValues(bundle, cluster, CHART)).toBeUndefined()
  expect(on.calls).toHaveLength(1)
})

it('lists own releases with their namespaces, and fails where helm does', async () => {
  on.script(`${HELM} list`, JSON.stringify([{ name: 'edgemesh', namespace: 'kubeedge', revision: '1' }]))
  expect(await ownReleases(bundle, cluster)).toEqual([{ release: 'edgemesh', namespace: 'kubeedge' }])
  on.script(`${HELM} list`, { code: 1, stderr: 'no cluster' })
  await expect(ownReleases(bundle, cluster)).rejects.toMatchObject({ code: 'COMMAND_FAILED' })
})

import files from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'
import type { BundleManifest } from '@edgelift/bundle'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { receiptFor } from '../state/host-changes.ts'
import { BASELINE, HEAD, type Trial, trial } from '../testing/trial.ts'
import { type InClusterChange, undoInCluster } from './undo-in-cluster.ts'

const HELM = '/data/new/bin/helm'
const KUBECTL = '/usr/bin/kubectl --kubeconfig /root/kubeconfig'
const RELEASE: InClusterChange = { kind: 'release', release: 'cloudcore', namespace: 'kubeedge' }
const LABEL: InClusterChange = {
  ...{ kind: 'label', resource: 'service', namespace: 'kube-system' },
  ...{ name: 'kube-dns', label: 'x' },
}

/** A release, by whomever. */
const FOUND = { status: 'deployed', deployedAt: '', version: '1' }

let node: Trial
beforeEach(async () => {
  node = await trial()
  await node.put('/root/kubeconfig')
  await node.put('/usr/bin/kubectl')
  node.script(KUBECTL, '')
  node.script(HELM, '')
})
afterEach(() => node[Symbol.asyncDispose]())

function undo(change: InClusterChange): Promise<void> {
  const only = { kubeEdgeOnly: { kubeconfig: '/root/kubeconfig' } }
  return undoInCluster(
    {
      host: node.host,
      directory: '/data/new',
      manifest: { role: 'cloud' } as unknown as BundleManifest,
      receipt: { ...receiptFor({ ...HEAD, role: 'cloud' }, undefined, BASELINE), ...only },
      kept: [],
      signal: new AbortController().signal,
      told: () => {},
    },
    change,
  )
}
const uninstalls = () => node.calls.filter((line) => line.startsWith(`${HELM} uninstall`))
const listed = (...names: string[]) =>
  node.script(`${HELM} list`, JSON.stringify(names.map((name) => ({ name, namespace: 'kubeedge' }))))

describe('a release', () => {
  it('that is gone already is nothing to do, as often as it is asked for', async () => {
    node.script(`${HELM} get metadata`, { code: 1, stderr: 'Error: release: not found' })
    listed()
    await undo(RELEASE)
    await undo(RELEASE)
    expect(uninstalls()).toEqual([])
  })

  it('that another user put in the place of ours stays', async () => {
    node.script(`${HELM} get metadata`, JSON.stringify(FOUND))
    await undo(RELEASE)
    expect(uninstalls()).toEqual([])
  })

  it('is removed, too, where helm lists it and cannot tell more of it', async () => {
    node.script(`${HELM} get metadata`, { code: 1, stderr: 'Error: unexpected end of JSON input' })
    listed('cloudcore')
    await undo(RELEASE)
    expect(uninstalls()).toHaveLength(1)
  })

  it('does not pass for gone while the API is silent: its pods may run on', async () => {
    const selecting =
      'kind: Deployment\nmetadata: { name: x }\nspec: { selector: { matchLabels: { app: x } } }\n'
    node.script(`${HELM} get metadata`, JSON.stringify({ ...FOUND, labels: { 'installed-by': 'edgelift' } }))
    node.script(`${HELM} get manifest`, selecting)
    node.script(KUBECTL, { code: 1, stderr: 'Unable to connect to the server: i/o timeout' })
    let clock = 0
    vi.spyOn(performance, 'now').mockImplementation(() => (clock += 20_000))
    await expect(undo(RELEASE).finally(() => vi.restoreAllMocks())).rejects.toMatchObject({
      code: 'COMMAND_FAILED',
      because: { en: expect.stringContaining('i/o timeout') },
    })
  })

  it('does not pass for gone while helm cannot tell', async () => {
    node.script(HELM, { code: 1, stderr: 'Error: secrets is forbidden' })
    await expect(undo(RELEASE)).rejects.toMatchObject({
      code: 'COMMAND_FAILED',
      because: { en: expect.stringContaining('forbidden') },
    })
  })
})

describe('a label', () => {
  it('went with its object', async () => {
    node.script(KUBECTL, { code: 1, stderr: 'Error from server (NotFound): services "kube-dns" not found' })
    await undo(LABEL)
  })

  it('does not pass for gone for another reason', async () => {
    node.script(KUBECTL, { code: 1, stderr: 'Error from server (Forbidden): services is forbidden' })
    await expect(undo(LABEL)).rejects.toMatchObject({ code: 'COMMAND_FAILED' })
  })
})

it('is not forgotten with a kubeconfig that root may not look at, as in a home on NFS', async () => {
  vi.spyOn(files, 'stat').mockRejectedValue(Object.assign(new Error('denied'), { code: 'EACCES' }))
  syncBuiltinESMExports()
  try {
    await expect(undo(LABEL)).rejects.toMatchObject({ code: 'EACCES' })
  } finally {
    vi.restoreAllMocks()
    syncBuiltinESMExports()
  }
})

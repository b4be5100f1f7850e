import { copyFile, readdir } from 'node:fs/promises'
import path from 'node:path'
import { takeLock } from '@edgelift/core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { copyFormer } from '../backup/former.ts'
import { receiptFor } from '../state/host-changes.ts'
import { RECEIPT } from '../state/receipt.ts'
import { type CommandTrial, commandTrial } from '../testing/command.ts'
import { BASELINE, HEAD } from '../testing/trial.ts'
import { goBack } from './rollback.ts'

const OLD = receiptFor(
  HEAD,
  { baseline: BASELINE, steps: [], completed: '2026-11-01T00:00:00.000Z' },
  BASELINE,
)
const NEW_NAME = 'kubeedge-edge-1.22.2-amd64'

let node: CommandTrial
beforeEach(async () => {
  node = await commandTrial()
})
afterEach(() => node[Symbol.asyncDispose]())

/** Release 1 was installed; its upgrade to release 2 is not through. */
async function upgrading(): Promise<string> {
  await node.install(OLD)
  const former = await copyFormer(node.host, OLD, [], copyFile)
  await node.install(receiptFor({ ...HEAD, bundle: NEW_NAME, lock: 'sha256:1', former }, undefined, BASELINE))
  return former.copy
}

describe('rollback', () => {
  it.each([
    ['nothing is installed', undefined, 'nothing is installed here'],
    ['there was no upgrade', OLD, 'no copy of a release before'],
    [
      'KubeEdge runs on an existing cluster',
      { ...OLD, kubeEdgeOnly: { kubeconfig: '/k' } },
      'KubeEdge runs on an existing cluster',
    ],
  ])('says why there is no way back: %s', async (_name, receipt, why) => {
    if (receipt !== undefined) await node.install(receipt)
    await expect(node.type(goBack)).rejects.toMatchObject({
      code: 'ROLLBACK_IMPOSSIBLE',
      because: { en: expect.stringContaining(why) },
    })
  })

  it('says in a dry run what replaces what, as of when, and changes nothing', async () => {
    await upgrading()
    const before = await node.text(RECEIPT)
    const said = await node.type(goBack, { 'dry-run': true })
    expect(said.document).toMatchObject({ changed: false, from: NEW_NAME, to: HEAD.bundle })
    expect(said.en).toMatch(
      /^kubeedge-edge-1\.22\.2-amd64 is replaced by kubeedge-edge-1\.22\.0-amd64, as it was at 20/,
    )
    expect(said.zh).toMatch(/^将由 kubeedge-edge-1\.22\.2-amd64 回退到 kubeedge-edge-1\.22\.0-amd64/)
    expect(await node.text(RECEIPT)).toBe(before)
    expect(node.calls).toEqual([])
  })

  it('does not begin while another edgelift changes this machine; a dry run may look', async () => {
    await upgrading()
    await using _other = await takeLock(path.join(node.root, '/run/edgelift.lock'))
    await expect(node.type(goBack, { yes: true })).rejects.toMatchObject({ code: 'LOCKED' })
    expect((await node.type(goBack, { 'dry-run': true })).document).toMatchObject({ changed: false })
  })

  it('refuses a copy of which a byte has changed', async () => {
    const copy = await upgrading()
    const names = await readdir(path.join(node.root, copy, 'files'), { recursive: true })
    const name = names.find((one) => one.endsWith('receipt.json'))
    await node.put(`${copy}/files/${name}`, 'something else')
    await expect(node.type(goBack, { 'dry-run': true })).rejects.toMatchObject({ code: 'BACKUP_DAMAGED' })
  })

  it('leaves the other role alone', async () => {
    await upgrading()
    await expect(node.type(goBack, {}, 'cloud')).rejects.toMatchObject({ code: 'ROLE_MISMATCH' })
  })
})

import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { receiptFor } from '../state/host-changes.ts'
import { type CommandTrial, commandTrial } from '../testing/command.ts'
import { BASELINE, HEAD } from '../testing/trial.ts'
import { verify } from './verify.ts'

let node: CommandTrial
beforeEach(async () => {
  node = await commandTrial()
})
afterEach(() => node[Symbol.asyncDispose]())

interface Check {
  readonly id: string
  readonly state: string
  readonly ok: boolean
  readonly problem?: string
}

describe('verify', () => {
  it('says in one sentence that nothing is installed', async () => {
    await expect(node.type(verify)).rejects.toMatchObject({
      code: 'NOT_INSTALLED',
      fix: { en: 'run ./install.sh' },
    })
  })

  it('tells each check that does not hold, in both languages, and goes on after it', async () => {
    await node.install(receiptFor({ ...HEAD, settings: { role: 'edge' } }, undefined, BASELINE))
    node.script('systemctl', { code: 3, stdout: 'inactive' })
    const said = await node.type(verify)
    const checks = said.document.checks as Check[]
    expect(said).toMatchObject({ exit: 1, document: { ok: false } })
    expect(checks.length).toBeGreaterThan(3)
    expect(new Set(checks.map(({ id }) => id)).size).toBe(checks.length)
    for (const { state, ok, problem } of checks) {
      expect(ok).toBe(state !== 'failed')
      expect(problem !== undefined).toBe(state === 'failed')
    }
    expect(said.en).toMatch(/failed/)
    expect(said.zh).toMatch(/失败/)
    expect(said.zh).not.toMatch(/failed|cause:|fix:/)
  })

  it('looks at a node that was installed by hand, too', async () => {
    await node.put('/etc/kubeedge/config/edgecore.yaml', 'apiVersion: edgecore.config.kubeedge.io/v1alpha2\n')
    expect((await node.type(verify)).document).toMatchObject({ ok: false })
  })
})

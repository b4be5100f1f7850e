import { stat } from 'node:fs/promises'
import path from 'node:path'
import { exec } from '@edgelift/core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { receiptFor } from '../state/host-changes.ts'
import { type CommandTrial, commandTrial } from '../testing/command.ts'
import { BASELINE, HEAD } from '../testing/trial.ts'
import { doctor } from './doctor.ts'

let node: CommandTrial
beforeEach(async () => {
  node = await commandTrial()
})
afterEach(() => node[Symbol.asyncDispose]())

interface Told {
  readonly code: string
  readonly cause: string
  readonly fix: string
}

describe('doctor', () => {
  it('says in one sentence that nothing is installed', async () => {
    const said = await node.type(doctor)
    expect(said.en).toBe('Nothing is installed on this machine yet: run ./install.sh.')
    expect(said.zh).toBe('本机尚未安装：请执行 ./install.sh。')
  })

  it('gives each problem a code, a cause and a fix, in both languages', async () => {
    await node.install(receiptFor({ ...HEAD, settings: { role: 'edge' } }, undefined, BASELINE))
    node.script('systemctl', { code: 3, stdout: 'inactive' })
    const said = await node.type(doctor)
    const diagnoses = said.document.diagnoses as Told[]
    expect(said).toMatchObject({ exit: 1, document: { ok: false, archive: 'kubeedge-edge-1.22.0-amd64' } })
    expect(diagnoses.length).toBeGreaterThan(0)
    for (const { code, cause, fix } of diagnoses) {
      expect(code).toMatch(/^[A-Z][A-Z_]+$/)
      expect(cause.length).toBeGreaterThan(10)
      expect(fix.length).toBeGreaterThan(5)
    }
    expect(said.en).toContain('  cause: ')
    expect(said.zh).toContain('  原因：')
    expect(said.zh).not.toMatch(/cause:|fix:|follows from/)
  })

  it('says which archive can tell what was changed, where another one was installed', async () => {
    const [bundle, directory] = ['kubeedge-edge-1.22.2-amd64', '/data/kubeedge-edge-1.22.2-amd64']
    const head = { ...HEAD, bundle, directory, lock: 'sha256:1', settings: { role: 'edge' } }
    await node.install({ ...receiptFor(head, undefined, BASELINE), completed: 'then' })
    const { notes } = await node.type(doctor)
    expect(notes).toContain(
      `kubeedge-edge-1.22.2-amd64 is installed: what was changed since is checked only by ./edgelift doctor in ${directory}`,
    )
  })

  it('looks before it asks anything where the support bundle goes', async () => {
    await node.put('file')
    for (const [bundle, code] of [
      [node.root, 'FILE_NOT_REGULAR'],
      ['/dev/null', 'FILE_NOT_REGULAR'],
      [path.join(node.root, 'file', 'support.tar.gz'), 'ENOTDIR'],
    ])
      await expect(node.type(doctor, { bundle })).rejects.toMatchObject({ code })
    expect(node.calls).toEqual([])
  })

  it('writes a support bundle for root alone, and warns where it would spoil the archive', async () => {
    node.script('tar', async (args) => ({ ...(await exec('tar', args)) }))
    const inside = path.join(node.root, 'data', 'kubeedge-edge-1.22.0-amd64', 'support.tar.gz')
    await node.put(path.relative(node.root, path.dirname(inside)).concat('/README.txt'))
    const said = await node.type(doctor, { bundle: inside })
    expect(said.document).toMatchObject({ bundle: inside })
    expect((await stat(inside)).mode & 0o777).toBe(0o600)
    expect(said.notes.join()).toContain(
      'elsewhere: ./install.sh refuses files that are not part of the archive',
    )
    const outside = path.join(node.root, 'support.tar.gz')
    const { notes, document, en, zh } = await node.type(doctor, { bundle: outside })
    expect(notes).toEqual([])
    expect(document).toMatchObject({ bundle: outside })
    expect(en).toBe(`Nothing is installed on this machine yet: run ./install.sh.\nsupport bundle: ${outside}`)
    expect(zh).toBe(`本机尚未安装：请执行 ./install.sh。\n诊断包：${outside}`)
  })
})

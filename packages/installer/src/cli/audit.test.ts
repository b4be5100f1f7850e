import path from 'node:path'
import { formatPublicKey, newKey } from '@edgelift/bundle'
import type { WorkEvent } from '@edgelift/core'
import { paintFor } from '@edgelift/core/cli'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { layArchive } from '../testing/archive.ts'
import { type Trial, trial } from '../testing/trial.ts'
import { auditCommand } from './audit.ts'

let on: Trial
let events: WorkEvent[]
beforeEach(async () => {
  on = await trial()
  events = []
})
afterEach(() => on[Symbol.asyncDispose]())

/** @param edited files of the archive that are not as they were packed */
async function audit(edited: Record<string, string> = {}, args = {}, signal = new AbortController().signal) {
  const { directory } = await layArchive(on, 'edge', edited)
  const output = { write: () => true }
  const context = {
    ...{
      lang: 'en' as const,
      env: { EDGELIFT_DIRECTORY: directory },
      json: false,
      typed: './edgelift',
      quiet: false,
      verbose: false,
    },
    ...{ report: (event: WorkEvent) => void events.push(event), pause: () => () => {}, signal },
    streams: { stdout: output, stderr: output },
  }
  const { exit, document, text } = await auditCommand(args, context)
  const paint = paintFor(output, {})
  return { exit, document: document as Record<string, unknown>, en: text('en', paint), zh: text('zh', paint) }
}

describe('an archive that is as it was packed', () => {
  it('ends with 0, and says what that proves and what it does not', async () => {
    const { exit, document, en, zh } = await audit()
    expect(exit).toBe(0)
    expect(document).toMatchObject({ ok: true, name: 'kubeedge-edge-1.22.0-amd64', problems: [], edited: [] })
    expect(document.notProved).toContainEqual(expect.stringContaining('it came with the archive'))
    expect(en).toMatch(/every file verified\n {2}proved: .*\n {2}not proved: .*sha256sum -c SHA256SUMS/s)
    expect(zh).toMatch(/校验通过\n {2}已证明：.*\n {2}未证明：.*sha256sum -c SHA256SUMS/s)
    expect(events.at(-1)).toMatchObject({ type: 'transfer', id: 'audit' })
  })

  it('may have its settings edited, which is told', async () => {
    expect(await audit({ 'install.yaml': 'nodeName: a\n' })).toMatchObject({
      ...{ exit: 0, document: { ok: true, edited: ['install.yaml'] } },
    })
  })
})

describe('one that is not ends with 4, names each file, and proves nothing', () => {
  it.each([
    ['a file that was changed', { keadm: '{ }' }, ['keadm']],
    ['two files that were changed', { keadm: '{ }', 'bin/helm': '[]' }, ['keadm', 'bin/helm']],
    ['a file that was added', { 'bin/theirs': 'x' }, ['bin/theirs']],
  ])('%s', async (_what, edited, names) => {
    const { exit, document, en, zh } = await audit(edited)
    expect([exit, document.ok]).toEqual([4, false])
    expect(document).not.toHaveProperty('proved')
    for (const name of names)
      expect(
        [en, zh].every((text) => text.includes(name)),
        `${name}: ${en}`,
      ).toBe(true)
  })

  it('without the signature that was asked for', async () => {
    await on.put('/etc/site.pub', formatPublicKey(newKey()))
    await expect(audit({}, { pubkey: path.join(on.root, '/etc/site.pub') })).rejects.toMatchObject({
      exit: 4,
    })
  })
})

it('an interruption ends it', async () => {
  const reason = new Error('interrupted')
  await expect(audit({}, {}, AbortSignal.abort(reason))).rejects.toBe(reason)
})

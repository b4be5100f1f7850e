import { copyFile, readlink, rm } from 'node:fs/promises'
import path from 'node:path'
import { takeLock } from '@edgelift/core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { layCopy } from '../backup/copy.ts'
import { putBack } from '../backup/put-back.ts'
import type { CopyRecord } from '../backup/record.ts'
import { containerdConfig } from '../containerd/config-step.ts'
import { EDGECORE_CONFIG } from '../kubeedge/edgecore-config.ts'
import { edgecoreConfiguration } from '../kubeedge/edgecore-config-step.ts'
import { edgemeshPsk } from '../kubeedge/psk.ts'
import { MESH_STATE } from '../mesh/places.ts'
import { readMeshState, writeMeshState } from '../mesh/state.ts'
import { replaceLink } from '../node/links.ts'
import { files } from '../steps/files.ts'
import { expectPlace, layStray, STRAYS } from '../testing/damage.ts'
import { apply, type Trial, trial } from '../testing/trial.ts'
import { restoreFile } from '../uninstall/restore-file.ts'
import { forgetFormerNode, formerNode, keepFormerNode } from './former-node.ts'
import { appendJournal, JOURNAL, readJournal } from './journal.ts'
import { clearMarker, hasMarker, setMarker } from './markers.ts'
import { RECEIPT } from './receipt.ts'
import { rememberWritten, WRITTEN, writtenFiles } from './written.ts'

let node: Trial
beforeEach(async () => {
  node = await trial()
})
afterEach(() => node[Symbol.asyncDispose]())

const TITLE = { en: 'a step', zh: '步骤' }
const FORMER = { nodeName: 'edge-1', cloud: '10.77.0.1' }
const at = (file: string) => path.join(node.root, file)

interface Writer {
  readonly file: string
  /** Before anything stands in the file's place. */
  readonly prepare?: () => Promise<unknown>
  readonly write: () => Promise<unknown>
  /** What a write that goes through has to have left. */
  readonly holds: () => Promise<unknown>
}

async function copyOf(place: string): Promise<CopyRecord> {
  await node.put(place, 'as it was')
  return layCopy({
    host: node.host,
    head: {
      ...{ created: '2026-11-01T00:00:00.000Z', role: 'edge', bundle: 'b', lock: 'sha256:0' },
      ...{ edgelift: '0.1.0', directory: '/data/b', node: {} },
    },
    contents: { files: [place], replaced: [], databases: [] },
    copyDatabase: copyFile,
    folder: '/var/lib/edgelift/copies/one',
  })
}

let record: CopyRecord
const WRITERS: Readonly<Record<string, Writer>> = {
  'the journal': {
    file: JOURNAL,
    write: () => appendJournal(node.host, { action: 'install', step: 'one', event: 'done' }),
    holds: async () => expect((await readJournal(node.host)).map(({ step }) => step)).toEqual(['one']),
  },
  'the receipt': {
    file: RECEIPT,
    write: () => node.run(),
    holds: async () => expect(JSON.parse((await node.text(RECEIPT)) ?? '')).toHaveProperty('bundle'),
  },
  'what was written': {
    file: WRITTEN,
    write: () => rememberWritten(node.host, new Map([['/etc/a', 'sha']])),
    holds: async () => expect(await writtenFiles(node.host)).toEqual({ '/etc/a': ['sha'] }),
  },
  'the former node': {
    file: '/var/lib/edgelift/former-node.json',
    write: () => keepFormerNode(node.host, FORMER),
    holds: async () => expect(await formerNode(node.host)).toMatchObject(FORMER),
  },
  'no former node any more': {
    file: '/var/lib/edgelift/former-node.json',
    write: () => forgetFormerNode(node.host),
    holds: async () => expect(await formerNode(node.host)).toBeUndefined(),
  },
  'a marker': {
    file: '/var/lib/edgelift/marks/restored',
    write: () => setMarker(node.host, 'restored'),
    holds: async () => expect(await hasMarker(node.host, 'restored')).toBe(true),
  },
  'no marker any more': {
    file: '/var/lib/edgelift/marks/restored',
    write: () => clearMarker(node.host, 'restored'),
    holds: async () => expect(await hasMarker(node.host, 'restored')).toBe(false),
  },
  'the state of the mesh service': {
    file: MESH_STATE,
    write: () => writeMeshState(node.host, { back: [], awaited: [], refreshes: 1 }),
    holds: async () => expect(await readMeshState(node.host)).toMatchObject({ refreshes: 1 }),
  },
  'a link': {
    file: '/usr/local/bin/kubectl',
    write: () => replaceLink(at('/usr/local/bin/kubectl'), 'k3s'),
    holds: async () => expect(await readlink(at('/usr/local/bin/kubectl'))).toBe('k3s'),
  },
  'a lock': {
    file: '/var/lib/edgelift/lock',
    write: async () => await (await takeLock(at('/var/lib/edgelift/lock')))[Symbol.asyncDispose](),
    holds: async () => {},
  },
  'a PSK': {
    file: '/data/archive/edgemesh-psk.txt',
    write: () => edgemeshPsk(at('/data/archive'), undefined, async () => undefined),
    holds: async () => expect(await node.text('/data/archive/edgemesh-psk.txt')).toHaveLength(45),
  },
  'a generated file': {
    file: '/etc/a',
    write: async () =>
      apply(
        await node.run(),
        files({
          id: 'a',
          title: TITLE,
          packed: [],
          generated: [{ to: '/etc/a', content: 'new', mode: 0o644 }],
        }),
      ),
    holds: async () => expect(await node.text('/etc/a')).toBe('new'),
  },
  'EdgeCore’s configuration': {
    file: EDGECORE_CONFIG,
    write: async () =>
      apply(await node.run(), edgecoreConfiguration({ nodeName: 'edge-1', config: { modules: {} } })),
    holds: async () => expect(await node.text(EDGECORE_CONFIG)).toContain('modules:'),
  },
  'the configuration of an existing containerd': {
    file: '/etc/containerd/config.toml',
    write: async () =>
      apply(
        await node.run(),
        containerdConfig({ file: '/etc/containerd/config.toml', empty: 'version = 3\n', edits: [] }),
      ),
    holds: async () => expect(await node.text('/etc/containerd/config.toml')).toContain('version = 3'),
  },
  'a file from a backup': {
    file: '/etc/a',
    prepare: async () => {
      await node.put('/var/lib/edgelift/backup/000-a', 'before')
    },
    write: () =>
      restoreFile(
        { host: node.host, told: () => {} },
        { kind: 'file', path: '/etc/a', backup: '/var/lib/edgelift/backup/000-a' },
      ),
    holds: async () => expect(await node.text('/etc/a')).toBe('before'),
  },
  'a file from a copy': {
    file: '/etc/a',
    prepare: async () => {
      record = await copyOf('/etc/a')
    },
    write: () => putBack(node.host, '/var/lib/edgelift/copies/one', record),
    holds: async () => expect(await node.text('/etc/a')).toBe('as it was'),
  },
}

describe.each(Object.entries(WRITERS))('%s', (_name, { file, prepare, write, holds }) => {
  it.each(Object.entries(STRAYS))('is written in place of %s, or the error names it', async (name, lay) => {
    await prepare?.()
    await layStray(at(file), lay)
    let isWritten = false
    const writing = write().then(() => {
      isWritten = true
    })
    await expectPlace(writing, file, name)
    if (isWritten) await holds()
  })

  it('says which folder is a file', async () => {
    await prepare?.()
    await rm(at(path.dirname(file)), { recursive: true, force: true })
    await node.put(path.dirname(file), 'a file')
    await expectPlace(write(), path.dirname(file), 'a file')
  })
})

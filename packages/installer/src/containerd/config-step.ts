import { chown, stat } from 'node:fs/promises'
import { isErrno, writeFileAtomic } from '@edgelift/core'
import { existsOnHost, onHost, readDecisive } from '../node/host.ts'
import { keepFile } from '../state/written.ts'
import { setBack } from '../steps/drift.ts'
import { defineStep } from '../steps/step.ts'
import { type ConfigEdit, edited } from './config.ts'
import { CONTAINERD_UNIT } from './files.ts'

export interface ConfigInputs {
  readonly file: string
  /** What the file is taken to say while it is not there. */
  readonly empty: string
  /** None where the configuration is right already. */
  readonly edits: readonly ConfigEdit[]
}

/** Changes the configuration of an existing containerd where it has to be changed. */
export const containerdConfig = defineStep<ConfigInputs>({
  id: 'containerd-config',
  title: { en: 'adapt the configuration of the existing containerd', zh: '调整本机已有 containerd 的配置' },
  check: async (_run, { edits }) => edits.length === 0,
  drift: async (_run, { file, edits }) =>
    edits.length === 0 ? [] : [{ kind: 'file', place: file, state: 'changed', fields: pathsOf(edits) }],
  async apply({ host, changes, report }, { file, empty, edits }) {
    if (changes.has({ kind: 'file', path: file }) && (await existsOnHost(host, file)))
      report(setBack(file, pathsOf(edits), await keepFile(host, file)))
    await changes.record({ kind: 'restart', unit: CONTAINERD_UNIT })
    await changes.backup(file)
    const text = edited((await readDecisive(host, file)) ?? empty, edits)
    const { uid, gid, mode } = await statOf(onHost(host, file))
    await writeFileAtomic(onHost(host, file), text, mode & 0o7777)
    await chown(onHost(host, file), uid, gid)
  },
})

function pathsOf(edits: readonly ConfigEdit[]): string[] {
  return edits.map((edit) => edit.path.join('.'))
}

async function statOf(file: string): Promise<{ uid: number; gid: number; mode: number }> {
  try {
    return await stat(file)
  } catch (error) {
    if (isErrno(error, 'ENOENT'))
      return { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0, mode: 0o644 }
    throw error
  }
}

import { copyFile, mkdir } from 'node:fs/promises'
import path from 'node:path'
import { exec, mustExec } from '@edgelift/core'
import { bundledProgram } from '../support/building/program.ts'
import { repositoryRoot } from '../support/upstream/places.ts'
import { compare, type Row } from './measure.ts'

/** How long both programs take to begin, against Node itself. The installer without its shell launcher, on this Node. */
export async function startingRows(folder: string): Promise<Row[]> {
  const { file } = await bundledProgram(path.join(folder, 'program'))
  const directory = path.join(folder, 'archive')
  await mkdir(directory, { recursive: true })
  await copyFile(path.join(repositoryRoot, 'dist', 'installer.mjs'), path.join(directory, 'installer.mjs'))
  const env = { ...process.env, EDGELIFT_DIRECTORY: directory, EDGELIFT_LANG: 'en' }
  const node = async (...args: string[]): Promise<void> => void (await exec(process.execPath, args, { env }))
  const peer = async (): Promise<void> => void (await mustExec(exec, process.execPath, ['-e', '0']))
  return [
    await compare({
      id: 'P9',
      what: 'edgelift --help / node -e 0',
      goal: 2,
      rounds: 11,
      ours: () => node(file, '--help'),
      peer,
    }),
    await compare({
      id: 'P9-status',
      what: './edgelift status (installer.mjs) / node -e 0',
      goal: 2,
      rounds: 11,
      ours: () => node(path.join(directory, 'installer.mjs'), 'status'),
      peer,
    }),
  ]
}

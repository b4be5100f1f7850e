import { copyFile, mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { EXIT, exec, mustExec } from '@edgelift/core'
import { sampleManifest } from '../../packages/bundle/src/manifest.sample.ts'
import { bundledProgram } from '../support/building/program.ts'
import { repositoryRoot } from '../support/upstream/places.ts'
import { compare, type Row } from './measure.ts'

/**
 * How long both programs take to begin, against Node itself. The installer without its shell launcher, on this Node; without
 * root its refusal is measured.
 */
export async function startingRows(folder: string): Promise<Row[]> {
  const { file } = await bundledProgram(path.join(folder, 'program'))
  const directory = path.join(folder, 'archive')
  await mkdir(directory, { recursive: true })
  await copyFile(path.join(repositoryRoot, 'dist', 'installer.mjs'), path.join(directory, 'installer.mjs'))
  await writeFile(path.join(directory, 'manifest.json'), JSON.stringify(sampleManifest))
  const env = { ...process.env, EDGELIFT_DIRECTORY: directory, EDGELIFT_LANG: 'en' }
  const isRoot = process.geteuid?.() === 0
  const status = async (): Promise<void> => {
    const args = [path.join(directory, 'installer.mjs'), 'status']
    const { code, stderr } = await exec(process.execPath, args, { env })
    if (code !== (isRoot ? EXIT.done : EXIT.preflight))
      throw new Error(`status ended with ${code}: ${stderr}`)
  }
  const peer = async (): Promise<void> => void (await mustExec(exec, process.execPath, ['-e', '0']))
  return [
    await compare({
      id: 'P9',
      what: 'edgelift --help / node -e 0',
      goal: 2,
      rounds: 11,
      ours: async () => void (await mustExec(exec, process.execPath, [file, '--help'], { env })),
      peer,
    }),
    await compare({
      id: 'P9-status',
      what: `./edgelift status (installer.mjs${isRoot ? '' : ', refused without root'}) / node -e 0`,
      goal: 2,
      rounds: 11,
      ours: status,
      peer,
    }),
  ]
}

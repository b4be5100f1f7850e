import { access, mkdir } from 'node:fs/promises'
import path from 'node:path'
import { exec, mustExec } from '@edgelift/core'
import { testCache } from '../support/kubernetes/parts.ts'

const VERSION = 'v0.20.6'

/** The path of crane, the peer for pulling images; built from its Go module the first time. */
export async function crane(): Promise<string> {
  const folder = path.join(testCache(), 'bench', `crane-${VERSION}`)
  const program = path.join(folder, 'crane')
  const isThere = await access(program).then(
    () => true,
    () => false,
  )
  if (isThere) return program
  process.stderr.write(`building crane ${VERSION} ...\n`)
  await mkdir(folder, { recursive: true })
  const module = `github.com/google/go-containerregistry/cmd/crane@${VERSION}`
  await mustExec(exec, 'env', [`GOBIN=${folder}`, 'CGO_ENABLED=0', 'go', 'install', '-trimpath', module])
  return program
}

import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { exec, lastLines, mustExec } from '@edgelift/core'

/** A program that is built from a Go module of this repository. */
export interface GoProgram {
  /** The folder under {@link modulesFolder} that holds go.mod. */
  readonly module: string
  readonly package: string
  readonly stamps?: readonly string[]
  readonly tags?: string
  /** Statically linked C, where a program cannot do without it. */
  readonly cgo?: boolean
}

export const modulesFolder = path.join(repository(), 'test/support/kubernetes')

/** Milliseconds between two lines about a build that goes on. */
const REPORT_EVERY = 30_000
/** Milliseconds without a sign of life; linking Kubernetes beside other work is silent for several minutes. */
const STUCK_AFTER = 30 * 60_000

/**
 * Builds a program. However long that takes, it is waited for as long as packages keep being downloaded and compiled;
 * a line on standard error tells how far it is.
 * @throws with the compiler's last words, or when it has been silent for half an hour
 */
export async function goBuild(program: GoProgram, output: string): Promise<void> {
  const linked = ['-s', '-w', ...(program.stamps ?? []).map((stamp) => `-X ${stamp}`)]
  if (program.cgo) linked.push('-linkmode external', '-extldflags -static')
  const tags = program.tags === undefined ? [] : ['-tags', program.tags]
  const flags = ['-v', '-trimpath', '-buildvcs=false', ...tags, '-ldflags', linked.join(' '), '-o', output]
  const child = spawn('go', ['build', ...flags, program.package], {
    cwd: path.join(modulesFolder, program.module),
    env: goEnvironment(program.cgo === true),
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const began = Date.now()
  let heard = began
  let packages = 0
  let words = ''
  let isStuck = false
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    heard = Date.now()
    packages += text.split('\n').length - 1
    words = (words + text).slice(-100_000)
  })
  const report = setInterval(() => {
    const seconds = Math.round((Date.now() - began) / 1000)
    process.stderr.write(`  ${path.basename(output)}: ${packages} packages in ${seconds} s\n`)
    if (Date.now() - heard < STUCK_AFTER) return
    isStuck = true
    child.kill('SIGKILL')
  }, REPORT_EVERY)
  try {
    const code = await new Promise<number>((resolve, reject) => {
      child.on('error', reject)
      child.on('close', (status) => resolve(status ?? 1))
    })
    if (code === 0) return
    const why = isStuck ? 'made no progress for half an hour' : `ended with code ${code}`
    throw new Error(`go build ${program.package} ${why}\n${lastLines(words, 12)}`)
  } finally {
    clearInterval(report)
  }
}

/** Where the module proxy's copy of a module lies, downloaded when it is not there yet. */
export async function goModule(module: string, name: string): Promise<string> {
  const options = { cwd: path.join(modulesFolder, module), env: goEnvironment(false) }
  await mustExec(exec, 'go', ['mod', 'download', name], options)
  return (await mustExec(exec, 'go', ['list', '-m', '-f', '{{.Dir}}', name], options)).trim()
}

function goEnvironment(cgo: boolean): NodeJS.ProcessEnv {
  return { ...process.env, GOOS: 'linux', GOARCH: 'amd64', GOAMD64: 'v1', CGO_ENABLED: cgo ? '1' : '0' }
}

/** Found upwards from this code, which may run bundled from another folder of the repository. */
function repository(): string {
  let folder = path.dirname(fileURLToPath(import.meta.url))
  while (!existsSync(path.join(folder, 'pnpm-workspace.yaml'))) folder = path.dirname(folder)
  return folder
}

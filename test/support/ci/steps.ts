import { mkdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { type ExecResult, exec } from '@edgelift/core'
import { load } from 'js-yaml'

type Vars = Readonly<Record<string, string>>

interface Job {
  readonly env?: Vars
  readonly steps: readonly { readonly run?: string; readonly env?: Vars }[]
}

/**
 * Runs the steps of a job of a GitHub workflow in order, as its runner does: each in a shell of its own (`bash -e`), with
 * `GITHUB_ENV` and `GITHUB_PATH` in effect for those after it. Steps that use an action are left out.
 * @param values what expressions such as `matrix.role` stand for
 */
export async function runGithubJob(
  file: string,
  name: string,
  {
    folder,
    values,
    path: commands,
  }: { readonly folder: string; readonly values: Vars; readonly path: string },
): Promise<ExecResult> {
  const workflow = load(await readFile(file, 'utf8')) as { env: Vars; jobs: Record<string, Job> }
  const job = workflow.jobs[name]
  if (job === undefined) throw new Error(`${file} has no job ${name}`)
  const filled = (vars: Vars = {}): Vars =>
    Object.fromEntries(
      Object.entries(vars).map(([key, text]) => [
        key,
        text.replace(/\$\{\{ ([\w.]+) \}\}/g, (_, expression: string) => values[expression] ?? ''),
      ]),
    )
  const temp = path.join(folder, '.edgelift-runner')
  await mkdir(temp, { recursive: true })
  const [envFile, pathFile] = [path.join(temp, 'env'), path.join(temp, 'path')]
  await writeFile(envFile, '')
  await writeFile(pathFile, '')
  let last: ExecResult = { code: 0, stdout: '', stderr: '' } as ExecResult
  for (const { run, env } of job.steps) {
    if (run === undefined) continue
    const added = (await readFile(envFile, 'utf8')).split('\n').filter((line) => line !== '')
    const before = (await readFile(pathFile, 'utf8')).split('\n').filter((line) => line !== '')
    last = await exec('bash', ['-e', '-c', run], {
      cwd: folder,
      timeout: 250_000,
      env: {
        ...{ HOME: temp, LANG: 'C.UTF-8', CI: 'true', GITHUB_ENV: envFile, GITHUB_PATH: pathFile },
        ...{ RUNNER_TEMP: temp, GITHUB_REF_NAME: 'v1' },
        PATH: [...before.reverse(), commands, process.env.PATH].join(':'),
        ...filled(workflow.env),
        ...filled(job.env),
        ...filled(env),
        EDGELIFT_PACKAGE: values.EDGELIFT_PACKAGE ?? '',
        ...Object.fromEntries(added.map((line) => line.split(/=(.*)/s).slice(0, 2))),
      },
    })
    if (last.code !== 0) return last
  }
  return last
}

/** The shell scripts in a stage of a Jenkinsfile, in order. */
export function jenkinsSteps(text: string, stage: string): string[] {
  const from = text.indexOf(`stage('${stage}')`)
  const next = text.slice(from + 1).search(/\n {4}stage\('/)
  const body = text.slice(from, next === -1 ? undefined : from + 1 + next)
  return [...body.matchAll(/\bsh '''([\s\S]*?)'''|\bsh '((?:[^'\\]|\\.)*)'/g)].map(
    ([, long, short]) => long ?? (short ?? '').replaceAll("\\'", "'"),
  )
}

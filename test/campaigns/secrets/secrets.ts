import { spawn } from 'node:child_process'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { dump } from 'js-yaml'
import { bundledProgram, type Program, type Ran } from '../../support/building/program.ts'
import { bodyOf } from '../../support/upstream/exchange.ts'
import { on } from '../../support/upstream/faults.ts'
import { startUpstream } from '../../support/upstream/upstream.ts'
import type { Campaign } from '../campaign.ts'
import { runCases } from '../cases.ts'
import { type CampaignRelease, campaignRelease } from '../network/release.ts'
import { type Random, randomOf } from '../random.ts'
import { foundIn, plant, type Secret, secretOf } from './planted.ts'
import { faultsOf, type Given, give, startProxy, USER } from './scene.ts'
import { sampleProcesses, searchFolder } from './search.ts'

/** The builder's half: what it is given, and everything that it leaves. */
export const secrets: Campaign = {
  name: 'secrets',
  claim: {
    en: 'Locks and signed builds with planted secrets (registry passwords from files and credential helpers, bearer tokens, proxy passwords, signed redirects, the signing key), against servers and proxies that repeat them: none is in stores, archives, locks, exports, reports, temporary files or output, and none in arguments or (but for what the caller set) environments, sampled while they run.',
    zh: '锁定与签名构建中植入机密（文件与凭据助手中的镜像仓库密码、bearer 令牌、代理密码、带签名的重定向、签名密钥），服务器与代理会重复这些机密：内容存储、离线包、锁定文件、导出、报告、临时文件与输出中均不出现；运行期间采样，命令行参数中没有，环境变量中（调用方设置的除外）也没有。',
  },
  short: 6,
  async run(options) {
    const { folder } = options
    const release = await campaignRelease(folder)
    const program = await bundledProgram(path.join(folder, 'program'))
    await provenSampling()
    return await runCases(options, { every: 20 }, async (seed) => {
      const place = path.join(folder, `case-${seed}`)
      const { outcomes, problems } = await tryCase({ program, release, place, random: randomOf(seed) })
      await rm(place, { recursive: true, force: true })
      return { outcomes, failure: problems.length > 0 ? problems.join('; ') : undefined }
    })
  },
}

/** @throws when an argument of a grandchild, or a variable of its environment, is not seen */
async function provenSampling(): Promise<void> {
  const [argument, variable] = [secretOf('argument', 'in-an-argument'), secretOf('variable', 'in-a-variable')]
  const inner = `VARIABLE=${variable.value} sh -c 'sleep 1; :' sh ${argument.value}; :`
  const child = spawn('sh', ['-c', `eval "$INNER"; :`], {
    env: { ...process.env, INNER: inner },
    stdio: 'ignore',
  })
  const sample = sampleProcesses(child.pid ?? 0, { all: [argument, variable], given: [] })
  await new Promise((resolve) => child.on('close', resolve))
  const found = await sample.end()
  for (const wanted of ['argument in arguments', 'variable in an environment'])
    if (!found.includes(wanted)) throw new Error(`the sampling does not see: ${wanted}`)
}

interface Case {
  readonly program: Program
  readonly release: CampaignRelease
  readonly place: string
  readonly random: Random
}

async function tryCase({ program, release, place, random }: Case) {
  const at = (...names: string[]): string => path.join(place, ...names)
  for (const name of ['left/home', 'left/tmp', 'given']) await mkdir(at(name), { recursive: true })
  const [password, proxyPassword, signature] = ['registry password', 'proxy password', 'signature'].map(
    (name) => plant(name, random),
  ) as [Secret, Secret, Secret]
  await program.run(['keygen', at('given', 'key')])
  const key = secretOf('signing key', (await readFile(at('given', 'key'), 'utf8')).split('\n')[1] ?? '')
  const all: Secret[] = [password, proxyPassword, signature, key]
  await using upstream = await startUpstream({
    content: release.content,
    auth: { kind: random.chance(0.3) ? 'basic' : 'token', users: { [USER]: password.value } },
    faults: [...faultsOf(random, signature), tokensInto(all)],
  })
  await using proxy = await startProxy(upstream, { password: proxyPassword, echoes: random.chance(0.2) })
  const hasProxy = random.chance(0.5)
  const given = await give(at('given'), {
    ...{ upstream, password, random, home: at('left/home'), tmp: at('left/tmp') },
    proxy: hasProxy ? { url: proxy.url, password: proxyPassword } : undefined,
  })
  const work = random.pick(['lock', 'build'] as const)
  const problems: string[] = []
  const run = async (line: readonly string[]): Promise<Ran> => {
    const ran = await watched(
      program,
      line,
      { given, all, environment: hasProxy ? [proxyPassword] : [] },
      problems,
    )
    const said = foundIn(Buffer.from(ran.stdout + ran.stderr), all)
    problems.push(...said.map((name) => `${name} in the output of ${line[0]}`))
    return ran
  }
  const file = work === 'lock' ? at('left', 'campaign.yaml') : await release.built.write(at('left'))
  if (work === 'lock') await writeFile(file, dump(release.locked))
  const ran = await run([
    ...lineOf(work, file, at),
    '--config',
    given.config,
    ...random.pick([[], ['--json'], ['--verbose']]),
  ])
  if (work === 'build' && ran.code === 0) await followUp(run, at)
  problems.push(...(await searchFolder(at('left'), all)))
  // What the search does not find where it stands, it would not find elsewhere.
  const known = (await searchFolder(at('given'), [password, key])).map((one) => one.replace(/ in .*/, ''))
  for (const { name } of [password, key])
    if (!known.includes(name)) problems.push(`the search is blind for ${name}`)
  const hidden = hasProxy ? ' through a proxy' : ''
  return { outcomes: [`${work}${hidden}: ${endOf(ran)}`], problems }
}

/** `done`, or the code of its error, in text or JSON. */
function endOf({ code, stdout, stderr }: Ran): string {
  if (code === 0) return 'done'
  const [, inText, inJson] = /\berror\[(\w+)\]|"code": ?"(\w+)"/.exec(stderr + stdout) ?? []
  return inText ?? inJson ?? `exit ${code}`
}

function lineOf(work: 'lock' | 'build', file: string, at: (...names: string[]) => string): string[] {
  const store = ['--store', at('left', 'store')]
  if (work === 'lock') return ['lock', file, ...store]
  const out = ['--out', at('left', 'out'), '--sign', at('given', 'key')]
  return ['build', file, ...store, ...out, '--role', 'edge', '--platform', 'linux/amd64']
}

/** What is done with an archive afterwards. */
async function followUp(run: (line: readonly string[]) => Promise<Ran>, at: (...names: string[]) => string) {
  const archive = at('left', 'out', 'small-edge-amd64.tar.gz')
  await run(['verify', archive, '--pubkey', at('given', 'key.pub'), '--verbose'])
  await run(['inspect', archive, '--report', at('left', 'report.html')])
  await run(['store', 'export', at('left', 'store.tar'), '--store', at('left', 'store')])
}

async function watched(
  program: Program,
  line: readonly string[],
  { given, all, environment }: { given: Given; all: readonly Secret[]; environment: readonly Secret[] },
  problems: string[],
): Promise<Ran> {
  const { child, ended } = program.start(line, { env: given.env })
  const sample = sampleProcesses(child.pid ?? 0, { all, given: environment })
  const ran = await ended
  problems.push(...(await sample.end()))
  return ran
}

/** Makes every token that the server gives one of the secrets. */
function tokensInto(all: Secret[]) {
  return on(
    { path: /^\/token$/ },
    {
      async after(answer) {
        const pieces: Uint8Array[] = []
        for await (const piece of answer.body) pieces.push(piece)
        const bytes = Buffer.concat(pieces)
        const token = /"token":"([^"]{16,})"/.exec(bytes.toString())?.[1]
        if (token !== undefined) all.push(secretOf('bearer token', token))
        return { ...answer, body: bodyOf(bytes) }
      },
    },
  )
}

import { releaseArchives } from '../../support/archives.ts'
import { airGappedPair } from '../../support/nodes/index.ts'
import type { Pair, TestNode } from '../../support/nodes/types.ts'
import { inDirectory, unpackOn } from '../../support/unpacked.ts'
import type { Campaign } from '../campaign.ts'
import { type CaseEnd, runCases } from '../cases.ts'
import { type Random, randomOf } from '../random.ts'
import { holders } from './on-disk.ts'
import { foundIn, plant, type Secret, secretOf } from './planted.ts'
import { sampleProcesses } from './search.ts'

/** The installer's half: what a site is given, what it makes itself, and everything that it leaves. */
export const nodeSecrets: Campaign = {
  name: 'node-secrets',
  claim: {
    en: "A cloud and an edge are installed, looked at (`status`, `doctor`, its support bundle, `verify`, `backup`) and cleaned up, with a planted PSK and passphrase, and with the cluster's own join token, server token and keys. None of them is printed, in a journal, a log or the support bundle, or in an argument or environment of any process, sampled while they run; files that hold one are root's alone; after `cleanup.sh --purge` none is left but what the operator laid there.",
    zh: '安装云端与边缘节点，依次执行 `status`、`doctor`（含诊断包）、`verify`、`backup`，最后清理；植入 PSK 与备份口令，并追踪集群自身的接入 token、server token 与私钥。这些机密不会被打印，不出现在日志与诊断包中，运行期间采样的所有进程的参数与环境变量中也没有；含机密的文件仅 root 可读；执行 `cleanup.sh --purge` 后，除运维人员自己放置的文件外不再留有任何机密。',
  },
  short: 0,
  run: async (options) => runCases(options, { every: 1 }, (seed) => oneCase(randomOf(seed))),
}

interface Site {
  readonly pair: Pair
  readonly cloud: string
  readonly edge: string
  /** Those that are known so far. */
  readonly secrets: Secret[]
  readonly problems: Set<string>
  readonly outcomes: string[]
}

async function oneCase(random: Random): Promise<CaseEnd> {
  const archives = await releaseArchives()
  await using pair = await airGappedPair()
  const psk = secretOf('PSK', `${plant('PSK', random).value}-long-enough`.replaceAll(/[^\w-]/g, 'x'))
  const passphrase = plant('passphrase', random)
  const site: Site = {
    pair,
    cloud: await unpackOn(pair.cloud, archives.cloud),
    edge: await unpackOn(pair.edge, archives.edge),
    secrets: [psk, passphrase],
    problems: new Set(),
    outcomes: [],
  }
  await pair.cloud.writeFile('/root/passphrase', `${passphrase.value}\n`, 0o600)
  await live(site, { random, psk })
  await search(site, 'while installed', (file, isOpen) => isOpen || LOGS.test(file))
  await work(site, pair.edge, './cleanup.sh --yes --purge')
  await work(site, pair.cloud, './cleanup.sh --yes --purge')
  await search(site, 'after the cleanup', (file) => !GIVEN.test(file))
  const { outcomes, problems } = site
  return { outcomes, failure: problems.size === 0 ? undefined : [...problems].sort().join('; ') }
}

/** What is searched on no disk: programs and images, which were there before any secret. */
const SKIPPED =
  /^\/(proc|sys|dev|usr|boot)$|^\/data\/[^/]+\/(images|bin|cni|runtime)$|^\/var\/lib\/(containerd|rancher\/k3s\/(data|agent\/(containerd|images)))$/
const LOGS = /^\/var\/log\/|^\/var\/lib\/edgelift\/(journal\.jsonl|receipt\.json)$|^\/root\/support/
/** What the operator laid there, or has for the other machine. */
const GIVEN = /^\/root\/|^\/data\/[^/]+\/edge-join\.yaml$/

async function live(site: Site, { random, psk }: { readonly random: Random; readonly psk: Secret }) {
  const { pair, cloud, edge } = site
  const file = random.pick([`${cloud}/edgemesh-psk.txt`, '/root/psk.txt'])
  await pair.cloud.writeFile(file, `${psk.value}\n`, 0o600)
  const option = file.startsWith('/root') ? ` --psk-file ${file}` : ''
  site.outcomes.push(option === '' ? "PSK in the archive's directory" : 'PSK in a file of its own')
  await work(site, pair.cloud, `./install.sh --yes --node-ip 10.77.0.1${option}`)
  site.secrets.push(...(await clusterSecrets(pair.cloud)))
  await work(site, pair.cloud, './edgelift token --join edge-join.yaml')
  const join = await pair.cloud.readFile(`${cloud}/edge-join.yaml`)
  await pair.edge.writeFile(`${edge}/edge-join.yaml`, join, 0o600)
  if (random.chance(0.5)) await refusedJoin(site, join)
  await work(site, pair.edge, './install.sh --yes --config edge-join.yaml')
  const key = middle(await pair.edge.readFile('/etc/kubeedge/certs/server.key'))
  site.secrets.push(secretOf("the edge's key", key))
  for (const node of [pair.cloud, pair.edge]) {
    const json = random.chance(0.5) ? ' --json' : ''
    await work(site, node, `./edgelift status${json}`)
    await work(site, node, `./edgelift doctor --bundle /root/support.tar.gz${json}`)
    await work(site, node, `./edgelift verify${json}`)
  }
  await work(site, pair.cloud, './edgelift backup /root/cloud.backup --passphrase-file /root/passphrase')
}

/** An edge that is sent away: what it was given stands in no message. */
async function refusedJoin(site: Site, join: string): Promise<void> {
  const { edge } = site.pair
  const token = /^ {0,2}token: *"?([^"\s]+)/m.exec(join)?.[1]
  if (token === undefined) throw new Error('the join file has no token')
  const wrong = secretOf('a refused token', [...token].reverse().join(''))
  site.secrets.push(wrong)
  await edge.writeFile('/root/wrong-join.yaml', join.replace(token, wrong.value), 0o600)
  const { code } = await work(site, edge, './install.sh --yes --config /root/wrong-join.yaml', false)
  site.outcomes.push(`a refused token: exit ${code}`)
}

/** What the cluster made, each as its file or Secret holds it. */
async function clusterSecrets(cloud: TestNode): Promise<Secret[]> {
  const data = async (secret: string, key: string) => {
    const { stdout } = await cloud.exec(
      `k3s kubectl -n kubeedge get secret ${secret} -o jsonpath='{.data.${key}}' | base64 -d`,
    )
    return stdout.trim()
  }
  const config = await cloud.readFile('/etc/rancher/k3s/k3s.yaml')
  const key = /client-key-data: (\S+)/.exec(config)?.[1] ?? ''
  const texts: [string, string][] = [
    ['join token', await data('tokensecret', 'tokendata')],
    ["K3s' server token", (await cloud.readFile('/var/lib/rancher/k3s/server/token')).trim()],
    ["the administrator's key", middle(Buffer.from(key, 'base64').toString())],
    ["the mesh refresh service's token", await data('edgelift-mesh-refresh', 'token')],
  ]
  for (const [name, text] of texts) if (text.length < 12) throw new Error(`${name} was not found`)
  return texts.map(([name, text]) => secretOf(name, text))
}

/** A line of a key that no other key has. */
function middle(pem: string): string {
  return pem.split('\n')[2] ?? ''
}

/** Runs a command, and looks at what it prints and at every process meanwhile. */
async function work(site: Site, node: TestNode, line: string, check = true) {
  const directory = node === site.pair.cloud ? site.cloud : site.edge
  const all = [...site.secrets]
  const samples = [process.pid, site.pair.cloud.leader(), site.pair.edge.leader()].flatMap((pid) =>
    pid === undefined ? [] : sampleProcesses(pid, { all, given: [] }, pid === process.pid ? 3 : 100),
  )
  const ran = await inDirectory(node, directory, line)
  for (const sample of samples)
    for (const seen of await sample.end()) site.problems.add(`${node.name}: ${line}: ${seen}`)
  if (check && ran.code !== 0) throw new Error(`${line} ended with ${ran.code}\n${ran.stdout}${ran.stderr}`)
  for (const name of foundIn(Buffer.from(ran.stdout + ran.stderr), site.secrets))
    site.problems.add(`${node.name}: ${line} prints ${name}`)
  site.outcomes.push(`${node.name}: ${verbOf(line)}`)
  return ran
}

async function search(site: Site, when: string, isWrong: (file: string, isOpen: boolean) => boolean) {
  for (const node of [site.pair.cloud, site.pair.edge]) {
    for (const name of foundIn(Buffer.from(await node.journal()), site.secrets))
      site.problems.add(`${node.name}: ${name} in the journal`)
    const found = await holders(node.root, site.secrets, (file) => SKIPPED.test(file))
    for (const { file, names, isOpen } of found)
      if (isWrong(file, isOpen)) site.problems.add(`${node.name}, ${when}: ${names} in ${file}`)
    // Nothing found at all would mean that the search is blind.
    if (found.length === 0) site.problems.add(`${node.name}, ${when}: no file holds any secret`)
    site.outcomes.push(`${node.name}: searched ${when}`)
  }
}

/** `install`, `cleanup`, `doctor`. */
function verbOf(line: string): string {
  return /^\.\/(?:edgelift )?(\w+)/.exec(line)?.[1] ?? line
}

import { EdgeliftError, mustExec, type Text } from '@edgelift/core'
import { z } from 'zod'
import { ask, type Host } from '../node/host.ts'
import { readOutput } from '../node/output.ts'
import { type Ctr, NOT_FOUND } from './ctr.ts'

/** What ctr tells of containers and of the server itself, parsed. What it tells of images is in `ctr.ts`. */

/** Clients of containerd may create a container without labels, without a spec, or with one for another system. */
const Info = z.object({
  Labels: z.record(z.string(), z.string()).nullish(),
  Spec: z
    .object({
      linux: z
        .object({
          namespaces: z.array(z.object({ type: z.string(), path: z.string().optional() })).nullish(),
        })
        .nullish(),
    })
    .nullish(),
})

export interface Container {
  readonly labels: Readonly<Record<string, string>>
  /** Path of its network namespace, as it was given. */
  readonly networkNamespace: string | undefined
}

/** Ids of a pod's containers, its sandbox among them; undefined while containerd does not respond. */
export async function containersOfPod(host: Host, ctr: Ctr, uid: string): Promise<string[] | undefined> {
  const filter = `labels."io.kubernetes.pod.uid"==${uid}`
  return idsIn(await ask(host, ...ctr, 'containers', 'ls', '-q', filter))
}

function idsIn(printed: string | undefined): string[] | undefined {
  return printed?.split('\n').filter((id) => id !== '')
}

/** Undefined for a container that is not there any more. @throws COMMAND_FAILED while containerd does not respond */
export async function containerInfo(host: Host, ctr: Ctr, id: string): Promise<Container | undefined> {
  const [command, ...args] = ctr
  const question = [...args, 'containers', 'info', id]
  const answer = await host.exec(command, question, { timeout: 30_000 })
  if (answer.code !== 0 && NOT_FOUND.test(answer.stderr)) return undefined
  const text = await mustExec(async () => answer, command, question)
  const { Labels, Spec } = readOutput(Info, [command, ...question], text)
  const network = Spec?.linux?.namespaces?.find(({ type }) => type === 'network')
  return { labels: Labels ?? {}, networkNamespace: network?.path }
}

/** Ids of all containers. @throws COMMAND_FAILED while containerd does not respond: it may have any */
export async function mustListIds(host: Host, [command, ...args]: Ctr): Promise<string[]> {
  const text = await mustExec(host.exec, command, [...args, 'containers', 'ls', '-q'], { timeout: 30_000 })
  return text.split('\n').filter((id) => id !== '')
}

/** Kills what runs in a container, and removes it. Whether it is gone, {@link mustListIds} says. */
export async function removeContainer(host: Host, ctr: Ctr, id: string): Promise<void> {
  await killTask(host, ctr, id)
  await ask(host, ...ctr, 'tasks', 'rm', '-f', id)
  await ask(host, ...ctr, 'containers', 'rm', id)
}

/** A container as ctr lists it. */
interface ListedContainer {
  readonly id: string
  /** As it was created with: `docker.io/kubeedge/edgemesh-agent:v1.17.0`, `sha256:…`. */
  readonly image: string
}

/** All containers. @throws COMMAND_FAILED while containerd does not respond: it may have any */
export async function mustListContainers(host: Host, [command, ...args]: Ctr): Promise<ListedContainer[]> {
  const text = await mustExec(host.exec, command, [...args, 'containers', 'ls'], { timeout: 30_000 })
  return containersIn(rowsOf(text))
}

function containersIn(rows: readonly string[][]): ListedContainer[] {
  return rows.map(([id = '', image = '']) => ({ id, image }))
}

/**
 * The containers of a repository's images, whatever the tag, that have a running task; undefined while containerd does not
 * respond.
 */
export async function runningOf(
  host: Host,
  ctr: Ctr,
  repository: string,
): Promise<ListedContainer[] | undefined> {
  return (await tasksOf(host, ctr, repository))?.map(({ id, image }) => ({ id, image }))
}

interface RunningContainer extends ListedContainer {
  /** Of its first process. */
  readonly pid: number
}

/** The same, with the processes that run in them. */
export async function tasksOf(
  host: Host,
  ctr: Ctr,
  repository: string,
): Promise<RunningContainer[] | undefined> {
  const containers = await rows(host, ctr, 'containers')
  const running = await runningTasks(host, ctr)
  if (containers === undefined || running === undefined) return undefined
  return containersIn(containers).flatMap(({ id, image }) => {
    const pid = image.startsWith(`${repository}:`) ? running.get(id) : undefined
    return pid === undefined ? [] : [{ id, image, pid }]
  })
}

/** Ids of the containers that have a running task; undefined while containerd does not respond. */
export async function runningIds(host: Host, ctr: Ctr): Promise<Set<string> | undefined> {
  const tasks = await runningTasks(host, ctr)
  return tasks && new Set(tasks.keys())
}

/** The first process of each container that has a running task, by the container's id; undefined as above. */
async function runningTasks(host: Host, ctr: Ctr): Promise<Map<string, number> | undefined> {
  const tasks = await rows(host, ctr, 'tasks')
  const running = tasks?.filter(([, , state]) => state === 'RUNNING')
  return running && new Map(running.map(([id = '', pid]) => [id, Number(pid)]))
}

/** Kills what runs in a container; a kubelet starts it again. */
export async function killTask(host: Host, ctr: Ctr, id: string): Promise<void> {
  await ask(host, ...ctr, 'tasks', 'kill', '-s', '9', '-a', id)
}

async function rows(host: Host, ctr: Ctr, what: 'containers' | 'tasks'): Promise<string[][] | undefined> {
  const printed = await ask(host, ...ctr, what, 'ls')
  return printed === undefined ? undefined : rowsOf(printed)
}

function rowsOf(printed: string): string[][] {
  const [, ...lines] = printed.trim().split('\n')
  return lines.map((line) => line.split(/\s+/))
}

/** What a look says that could not ask containerd. */
export const CTR_SILENT = {
  en: 'containerd does not respond',
  zh: 'containerd 无响应',
} as const satisfies Text

/** The server's version, as it says it; undefined while it does not respond. */
export async function serverVersion(host: Host, ctr: Ctr): Promise<string | undefined> {
  const text = await ask(host, ...ctr, 'version')
  return text === undefined ? undefined : serverVersionIn(text)
}

/** What `ctr version` says of the server; empty where it says nothing. */
export function serverVersionIn(printed: string): string {
  return /Server:[\s\S]*?Version:\s*(\S+)/.exec(printed)?.[1] ?? ''
}

/** @throws COMMAND_FAILED with what ctr says when containerd does not respond; COMMAND_MISSING or COMMAND_UNUSABLE of ctr */
export async function mustRespond(host: Host, [command, ...args]: Ctr): Promise<void> {
  await mustExec(host.exec, command, [...args, 'version'], { timeout: 20_000 })
}

/**
 * False where containerd has been uninstalled, and all that it held with it: ctr is not there any more.
 * @throws COMMAND_FAILED when it only does not run, COMMAND_UNUSABLE when ctr cannot be started
 */
export async function isInstalled(host: Host, ctr: Ctr): Promise<boolean> {
  try {
    await mustRespond(host, ctr)
    return true
  } catch (error) {
    if (error instanceof EdgeliftError && error.code === 'COMMAND_MISSING') return false
    throw error
  }
}

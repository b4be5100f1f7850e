import { hostname } from 'node:os'
import path from 'node:path'
import { archOf, PATHS } from '@edgelift/bundle'
import { isErrno, type Report } from '@edgelift/core'
import type { CommandContext } from '@edgelift/core/cli'
import type { Restore } from '../backup/restore.ts'
import { networkFacts } from '../inspect/network.ts'
import type { InstallRequest } from '../install/install.ts'
import { kubeconfigOf } from '../kube/kubeconfig.ts'
import { hasCertificate } from '../kubeedge/certificate.ts'
import { EDGE_CERTIFICATE } from '../kubeedge/edgecore-config.ts'
import { givenToken } from '../kubeedge/join-token.ts'
import { existsOnHost, type Host } from '../node/host.ts'
import { dialableAddresses } from '../node/own-addresses.ts'
import { fail } from '../problem/codes.ts'
import type { SettingsFile } from '../settings/file.ts'
import { type LoadedSettings, loadSettings } from '../settings/load.ts'
import type { Settings } from '../settings/schema.ts'
import { RESTORE_FOLDER } from '../state/copies.ts'
import { readReceipt } from '../state/read-receipt.ts'
import type { Receipt } from '../state/receipt.ts'
import { saidInReceipt } from '../state/settings-of-receipt.ts'
import { canAsk } from './ask.ts'
import type { OnNode } from './on-node.ts'
import { askMissing } from './questions.ts'
import { checkRestoredNode, restoreFiles, restoreOf, saidInBackup } from './restore.ts'

type Args = Readonly<Record<string, unknown>>

/** What a person wants installed: options, settings of files, environment and former runs, and the answers on a terminal. */
export interface Asked {
  readonly request: InstallRequest
  /** Of an earlier run of this role. */
  readonly receipt: Receipt | undefined
  /** The backup that this run restores. */
  readonly restore: Restore | undefined
  /** Files of the operator, which may lie in the archive's directory. */
  readonly files: readonly string[]
}

/**
 * Reads what is wanted; asks for what is missing where somebody can be asked.
 * @throws ROLE_MISMATCH, NOT_ROOT; what is wrong with options, settings files or the backup
 */
export async function askedFor(
  node: OnNode,
  args: Args,
  context: CommandContext,
  report: Report,
): Promise<Asked> {
  const { host, directory, manifest } = node
  const only = args['kubeedge-only'] === true
  if (only && manifest.role !== 'cloud') throw notForEdges()
  const known = await knownReceipt(host)
  const receipt = known?.role === manifest.role ? known : undefined
  const restore = await restoreOf(args, { host, manifest, receipt: known, only }, context)
  const files = settingsFiles(args.config, directory)
  const loaded = await loadSettings({
    role: manifest.role,
    arch: archOf(manifest.platform),
    flags: args,
    env: context.env,
    cwd: process.cwd(),
    files,
    before: receipt ? saidInReceipt(receipt) : restore ? saidInBackup(restore) : {},
  })
  const joined = manifest.role === 'edge' && (await isJoined(host, loaded.settings))
  const mayAsk = args.yes !== true && args['dry-run'] !== true && canAsk(context)
  const then = { receipt, restore, joined, only }
  const settings = mayAsk ? await answered(node, loaded, then, context) : loaded.settings
  if (restore !== undefined) checkRestoredNode(settings, restore)
  const request: InstallRequest = {
    host,
    directory,
    manifest,
    settings,
    kubeEdgeOnly: only
      ? { kubeconfig: await kubeconfigOf(host, { typed: args.kubeconfig, cwd: process.cwd(), receipt }) }
      : undefined,
    receipt: known,
    token: settings.role === 'edge' && !joined ? await givenToken(settings) : { state: 'absent' },
    joined,
    tokenIn: loaded.tokenIn,
    restore: restore && RESTORE_FOLDER,
    report,
    signal: context.signal,
  }
  const own = [...files.map((file) => file.path), ...filesOfSettings(settings), ...restoreFiles(args)]
  return { request, receipt, restore, files: own }
}

async function answered(
  { host, manifest }: OnNode,
  loaded: LoadedSettings,
  { receipt, restore, joined, only }: Pick<Asked, 'receipt' | 'restore'> & { joined: boolean; only: boolean },
  context: CommandContext,
): Promise<Settings> {
  const known = receipt !== undefined || restore !== undefined
  const mayChoose = manifest.role === 'cloud' && !known && !only
  return askMissing(loaded, context, {
    known,
    joined,
    hasEdgeMesh: manifest.options.some(({ name }) => name === 'edgemesh'),
    addresses: mayChoose ? dialableAddresses(await networkFacts(host)) : [],
  })
}

/**
 * The receipt of an earlier run: the settings of then stand until they are changed.
 * @throws NOT_ROOT where a normal user may not read it: all that is installed would be taken for another's
 */
async function knownReceipt(host: Host): Promise<Receipt | undefined> {
  try {
    return await readReceipt(host)
  } catch (error) {
    if (isErrno(error, 'EACCES')) throw seenByRoot() // a dry run of a normal user
    throw error
  }
}

function seenByRoot(): Error {
  return fail('NOT_ROOT', {
    what: { en: 'edgelift has been run on this machine', zh: '本机运行过 edgelift' },
    because: { en: 'only root can see what it installed', zh: '只有 root 能查看其安装内容' },
    fix: { en: 'run it with sudo', zh: '请使用 sudo 运行' },
  })
}

/** A normal user may see that there is a certificate, and not read it. */
async function isJoined(host: Host, { nodeName = hostname().toLowerCase() }: Settings): Promise<boolean> {
  try {
    return await hasCertificate(host, nodeName)
  } catch (error) {
    if (isErrno(error, 'EACCES')) return existsOnHost(host, EDGE_CERTIFICATE)
    throw error
  }
}

/** What `--config` names counts more than the archive's own `install.yaml`, which counts all the same. */
function settingsFiles(config: unknown, directory: string): SettingsFile[] {
  const own = { path: path.join(directory, PATHS.answers), named: false }
  if (typeof config !== 'string') return [own]
  const named = { path: path.resolve(config), named: true }
  return named.path === own.path ? [named] : [named, own]
}

/** Files of the operator that settings name. */
function filesOfSettings(settings: Settings): string[] {
  const file = settings.role === 'edge' ? settings.tokenFile : settings.pskFile
  return file === undefined || file === '-' ? [] : [file]
}

function notForEdges(): Error {
  return fail('ROLE_MISMATCH', {
    what: { en: '--kubeedge-only is for the cloud archive', zh: '--kubeedge-only 仅适用于云端离线包' },
    fix: { en: 'on an edge node run ./install.sh', zh: '在边缘节点请执行 ./install.sh' },
  })
}

import { hostname } from 'node:os'
import path from 'node:path'
import { archOf, PATHS, readPublicKey } from '@edgelift/bundle'
import { EXIT, isErrno, joinTexts } from '@edgelift/core'
import { type CommandHandler, paintFor } from '@edgelift/core/cli'
import { isCloudAway } from '../inspect/cloud-facts.ts'
import { inspect } from '../inspect/inspection.ts'
import { networkFacts } from '../inspect/network.ts'
import { settingsInEffect } from '../inspect/settings-in-effect.ts'
import { type InstallRequest, install } from '../install/install.ts'
import { planDocument, planInstall } from '../install/plan.ts'
import { kubeconfigOf } from '../kube/kubeconfig.ts'
import { hasCertificate } from '../kubeedge/certificate.ts'
import { EDGE_CERTIFICATE } from '../kubeedge/edgecore-config.ts'
import { givenToken } from '../kubeedge/join-token.ts'
import { existsOnHost, type Host } from '../node/host.ts'
import { dialableAddresses } from '../node/own-addresses.ts'
import { installationFindings } from '../preflight/installation-findings.ts'
import { movedAddress, movedFrom } from '../preflight/moved-address.ts'
import { bySeverity, refusal, shortRefusal } from '../preflight/preflight.ts'
import { fail } from '../problem/codes.ts'
import type { SettingsFile } from '../settings/file.ts'
import { loadSettings } from '../settings/load.ts'
import type { Settings } from '../settings/schema.ts'
import { RESTORE_FOLDER } from '../state/copies.ts'
import { readReceipt } from '../state/read-receipt.ts'
import type { Receipt } from '../state/receipt.ts'
import { saidInReceipt } from '../state/settings-of-receipt.ts'
import { auditDirectory } from '../trust/audit.ts'
import { canAsk } from './ask.ts'
import { openBundleDirectory } from './bundle-directory.ts'
import { dryRunText, planOf, previewHere } from './dry-run.ts'
import { findingLine, findingsText } from './findings-text.ts'
import { formerAddresses } from './former-addresses.ts'
import { isRoot, lockNode, nodeHost } from './node-host.ts'
import type { NodeCommand } from './on-node.ts'
import { askMissing } from './questions.ts'
import { checkRestoredNode, restoreFiles, restoreOf, saidInBackup } from './restore.ts'
import { openRunLog } from './run-log.ts'
import { orNothing, settingsText } from './settings-text.ts'
import { summary } from './summary.ts'

export const installCommand: CommandHandler = async (args, context) => {
  const bundle = await openBundleDirectory(context.env)
  return installHere({ ...bundle, host: nodeHost(context.env, context.signal) }, args, context)
}

/** {@link installCommand} on a machine and from an archive that are handed to it. A normal user may do a dry run. */
export const installHere: NodeCommand = async ({ host, directory, manifest }, args, context) => {
  const only = args['kubeedge-only'] === true
  if (only && manifest.role !== 'cloud') throw notForEdges()
  const dryRun = args['dry-run'] === true
  await using _lock = dryRun || !isRoot() ? undefined : await lockNode(host)
  const log = await openRunLog(host, 'install', context)
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
  const mayAsk = args.yes !== true && !dryRun && canAsk(context)
  const mayChoose =
    mayAsk && manifest.role === 'cloud' && receipt === undefined && restore === undefined && !only
  const hasEdgeMesh = manifest.options.some(({ name }) => name === 'edgemesh')
  const settings = mayAsk
    ? await askMissing(loaded, context, {
        known: receipt !== undefined || restore !== undefined,
        joined,
        hasEdgeMesh,
        addresses: mayChoose ? dialableAddresses(await networkFacts(host)) : [],
      })
    : loaded.settings
  if (restore !== undefined) checkRestoredNode(settings, restore)
  const { tokenIn } = loaded
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
    tokenIn,
    restore: restore && RESTORE_FOLDER,
    report: log.report,
    signal: context.signal,
  }
  const key = args.pubkey
  await auditDirectory({
    host,
    directory,
    manifest,
    publicKey: typeof key === 'string' ? await readPublicKey(key) : undefined,
    files: [...files.map((file) => file.path), ...filesOfSettings(settings), ...restoreFiles(args)],
    report: log.report,
  })
  log.report({ type: 'phase', id: 'preflight', title: { en: 'check this machine', zh: '检查本机' } })
  const inspection = await inspect(request)
  const goneOf = (before: readonly string[]) => movedFrom(before, settings, inspection.facts)
  const movesFrom = goneOf(await formerAddresses(host, { receipt, restore }))
  const standing = (receipt ?? restore?.receipt)?.formerAddresses ?? []
  const gone = goneOf([...movesFrom, ...standing])
  const moved = movedAddress(gone, settings, inspection.facts)
  const found = await installationFindings(request, inspection, {
    dryRun,
    allowDowngrade: args['allow-downgrade'] === true,
  })
  const findings = bySeverity([...found, ...moved])
  const refused = refusal(findings)
  const inEffect = orNothing(() =>
    settingsInEffect({ ...request, ...inspection, node: inspection.cluster?.node }),
  )
  if (dryRun) {
    const planned = planOf(() => planInstall(inspection, settings, request))
    const plan = planned === undefined ? [] : planDocument(planned)
    const preview = planned && (await previewHere(request, inspection, planned))
    return {
      exit: refused?.exit ?? EXIT.done,
      document: {
        changed: false,
        ready: refused === undefined,
        findings,
        settings: inEffect,
        plan,
        ...(preview === undefined ? {} : { upgrade: preview }),
      },
      text: (lang, paint) =>
        dryRunText(
          { findings, settings: inEffect, plan, preview, refused: refused !== undefined },
          lang,
          paint,
        ),
    }
  }
  if (refused !== undefined) {
    const { stderr } = context.streams
    if (!context.json)
      stderr.write(`${findingsText(findings, context.lang, paintFor(stderr, context.env))}\n`)
    return {
      exit: refused.exit,
      document: { error: refused, changed: false, findings },
      errors: [shortRefusal(findings)],
      text: () => '',
    }
  }
  for (const finding of findings) {
    const level = finding.severity === 'note' ? 'info' : 'warning'
    log.report({ type: 'note', level, text: findingLine(finding) })
  }
  const result = await log.during(async () => {
    await restore?.unpack()
    return install(
      { ...request, formerAddresses: { addresses: gone, moves: movesFrom.length > 0 } },
      inspection,
    )
  })
  return {
    document: { changed: result.applied.length > 0, ...result, settings: inEffect, log: log.file },
    text: (lang) =>
      [
        summary({ ...request, settings, log: log.file, cloudAway: isCloudAway(inspection.cloud) }, lang),
        ...settingsText(inEffect, lang),
        ...movedAddress(result.formerAddresses, settings, inspection.facts).map(
          ({ seen, fix }) => joinTexts([seen, fix], '\n  ')[lang],
        ),
      ].join('\n'),
  }
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

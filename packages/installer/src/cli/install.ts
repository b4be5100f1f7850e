import { readPublicKey } from '@edgelift/bundle'
import { EXIT, joinTexts } from '@edgelift/core'
import { type CommandContext, type CommandHandler, paintFor } from '@edgelift/core/cli'
import { isHubSilent } from '../inspect/cloud-facts.ts'
import { type Inspection, inspect } from '../inspect/inspection.ts'
import { type SettingsInEffect, settingsInEffect } from '../inspect/settings-in-effect.ts'
import { type InstallRequest, install } from '../install/install.ts'
import type { FormerAddresses } from '../install/moved-addresses.ts'
import { planDocument, planInstall } from '../install/plan.ts'
import type { Finding } from '../preflight/finding.ts'
import { installationFindings } from '../preflight/installation-findings.ts'
import { movedAddress, movedFrom } from '../preflight/moved-address.ts'
import { bySeverity, refusal, shortRefusal } from '../preflight/preflight.ts'
import { auditDirectory } from '../trust/audit.ts'
import { openBundleDirectory } from './bundle-directory.ts'
import { dryRunText, planOf, previewHere } from './dry-run.ts'
import { findingLine, findingsText } from './findings-text.ts'
import { formerAddresses } from './former-addresses.ts'
import { type Asked, askedFor } from './install-request.ts'
import { isRoot, lockNode, nodeHost } from './node-host.ts'
import type { NodeCommand } from './on-node.ts'
import { openRunLog } from './run-log.ts'
import { orNothing, settingsText } from './settings-text.ts'
import { summary } from './summary.ts'

export const installCommand: CommandHandler = async (args, context) => {
  const bundle = await openBundleDirectory(context.env)
  return installHere({ ...bundle, host: nodeHost(context.env, context.signal) }, args, context)
}

/** {@link installCommand} on a machine and from an archive that are handed to it. A normal user may do a dry run. */
export const installHere: NodeCommand = async (node, args, context) => {
  const dryRun = args['dry-run'] === true
  await using _lock = dryRun || !isRoot() ? undefined : await lockNode(node.host)
  const log = await openRunLog(node.host, 'install', context)
  const asked = await askedFor(node, args, context, log.report)
  const { request, restore } = asked
  const key = args.pubkey
  await auditDirectory({
    ...request,
    publicKey: typeof key === 'string' ? await readPublicKey(key) : undefined,
    files: asked.files,
  })
  log.report({ type: 'phase', id: 'preflight', title: { en: 'check this machine', zh: '检查本机' } })
  const inspection = await inspect(request)
  const moved = await movedCloud(asked, inspection)
  const judged = { dryRun, allowDowngrade: args['allow-downgrade'] === true }
  const found = await installationFindings(request, inspection, judged)
  const findings = bySeverity([
    ...found,
    ...movedAddress(moved.addresses, request.settings, inspection.facts),
  ])
  const settings = orNothing(() =>
    settingsInEffect({ ...request, ...inspection, node: inspection.cluster?.node }),
  )
  const seen = { request, inspection, findings, settings }
  if (dryRun) return dryRunResult(seen)
  if (refusal(findings) !== undefined) return refused(findings, context)
  for (const finding of findings) {
    const level = finding.severity === 'note' ? 'info' : 'warning'
    log.report({ type: 'note', level, text: findingLine(finding) })
  }
  const result = await log.during(async () => {
    await restore?.unpack()
    return install({ ...request, formerAddresses: moved }, inspection)
  })
  const cloudAway = isHubSilent(inspection.cloud)
  return {
    document: { changed: result.applied.length > 0, ...result, settings, log: log.file },
    text: (lang) =>
      [
        summary({ ...request, log: log.file, cloudAway }, lang),
        ...settingsText(settings, lang),
        ...movedAddress(result.formerAddresses, request.settings, inspection.facts).map(
          ({ seen, fix }) => joinTexts([seen, fix], '\n  ')[lang],
        ),
      ].join('\n'),
  }
}

/** At which addresses edges may still look for this cloud, and whether this very run moves it away from them. */
async function movedCloud(
  { request, receipt, restore }: Asked,
  { facts }: Inspection,
): Promise<FormerAddresses> {
  const goneOf = (before: readonly string[]) => movedFrom(before, request.settings, facts)
  const movesFrom = goneOf(await formerAddresses(request.host, { receipt, restore }))
  const standing = (receipt ?? restore?.receipt)?.formerAddresses ?? []
  return { addresses: goneOf([...movesFrom, ...standing]), moves: movesFrom.length > 0 }
}

interface SeenHere {
  readonly request: InstallRequest
  readonly inspection: Inspection
  readonly findings: readonly Finding[]
  readonly settings: SettingsInEffect
}

type Result = Awaited<ReturnType<CommandHandler>>

async function dryRunResult({ request, inspection, findings, settings }: SeenHere): Promise<Result> {
  const planned = planOf(() => planInstall(inspection, request.settings, request))
  const plan = planned === undefined ? [] : planDocument(planned)
  const preview = planned && (await previewHere(request, inspection, planned))
  const refused = refusal(findings)
  return {
    exit: refused?.exit ?? EXIT.done,
    document: {
      changed: false,
      ready: refused === undefined,
      findings,
      settings,
      plan,
      ...(preview === undefined ? {} : { upgrade: preview }),
    },
    text: (lang, paint) =>
      dryRunText({ findings, settings, plan, preview, refused: refused !== undefined }, lang, paint),
  }
}

function refused(findings: readonly Finding[], { streams, json, lang, env }: CommandContext): Result {
  const error = refusal(findings)
  if (!json) streams.stderr.write(`${findingsText(findings, lang, paintFor(streams.stderr, env))}\n`)
  return {
    exit: error?.exit ?? EXIT.preflight,
    document: { error, changed: false, findings },
    errors: [shortRefusal(findings)],
    text: () => '',
  }
}

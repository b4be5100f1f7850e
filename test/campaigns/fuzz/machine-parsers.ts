import type { Role } from '@edgelift/bundle'
import { EdgeliftError, type Exec } from '@edgelift/core'
import { paintFor } from '@edgelift/core/cli'
import fc from 'fast-check'
import { sampleManifest } from '../../../packages/bundle/src/manifest.sample.ts'
import { seenInstallation } from '../../../packages/installer/src/cli/installation-seen.ts'
import { diagnose } from '../../../packages/installer/src/doctor/diagnose.ts'
import { gatherFacts } from '../../../packages/installer/src/inspect/gather.ts'
import { inspect } from '../../../packages/installer/src/inspect/inspection.ts'
import { bundles } from '../../../packages/installer/src/install/plan.sample.ts'
import { planInstall } from '../../../packages/installer/src/install/plan.ts'
import type { Place } from '../../../packages/installer/src/kube/access.ts'
import type { Host } from '../../../packages/installer/src/node/host.ts'
import { cloud, edge } from '../../../packages/installer/src/preflight/preflight.sample.ts'
import { preflight } from '../../../packages/installer/src/preflight/preflight.ts'
import { receiptFor } from '../../../packages/installer/src/state/host-changes.ts'
import type { Receipt } from '../../../packages/installer/src/state/receipt.ts'
import { BASELINE, HEAD } from '../../../packages/installer/src/testing/trial.ts'
import { type Random, randomOf } from '../random.ts'
import { ANSWERS } from './answers.ts'
import { documentOf, textOf } from './generators.ts'
import type { Parser } from './parser.ts'
import { written } from './written.ts'

const PIECES = [
  ...[
    '{',
    '}',
    '[',
    ']',
    '"',
    ':',
    ',',
    '=',
    '/',
    ' ',
    '\n',
    '\t',
    'null',
    'true',
    '0',
    '-1',
    '1e400',
    '[]',
    '{}',
  ],
  ...['10.77.0.1', '::1', '"items":', '"__proto__":{"polluted":1},'],
]

/** What a program prints that may be broken, foreign or of another version: what it should, or something near to it. */
function printed(line: string, random: Random): string {
  const [, ...known] = ANSWERS.find(([begin]) => begin.test(line)) ?? [/./, '']
  if (random.chance(0.5)) return random.pick(known)
  const documents = known.flatMap((text) => (/^(\{"|\[\{)/.test(text) ? [JSON.parse(text) as object] : []))
  const near = documents.length > 0 && random.chance(0.8) ? documentOf(documents) : textOf(known, PIECES)
  const [text = ''] = fc.sample(near, { seed: random.below(2 ** 31), numRuns: 1 })
  return text
}

function programs(random: Random): Exec {
  return async (command, args) => {
    if (random.chance(0.03)) {
      const code = random.pick(['COMMAND_MISSING', 'COMMAND_UNUSABLE'] as const)
      throw new EdgeliftError(code, 1, { what: { en: command, zh: command } })
    }
    if (random.chance(0.05))
      return { code: random.pick([1, 2, 124, 127, 137]), stdout: '', stderr: 'error: x\n' }
    return { code: 0, stdout: printed([command, ...args].join(' '), random), stderr: '' }
  }
}

const KUBECONFIG =
  '{"current-context":"a","contexts":[{"name":"a","context":{"cluster":"a","user":"a"}}],"clusters":[{"name":"a","cluster":{"server":"https://10.77.0.1:6443"}}],"users":[{"name":"a","user":{"token":"x"}}]}'

/** A machine and what was installed on it; nothing of it is changed. */
function machine(root: string, random: Random) {
  const kind = random.pick(['edge', 'cloud', 'existing cluster'] as const)
  const role: Role = kind === 'edge' ? 'edge' : 'cloud'
  const { directory, manifest } = bundles[role]
  const host: Host = { root, env: {}, now: Date.now, exec: programs(random), metaServer: '127.0.0.1:1' }
  const kubeEdgeOnly = kind === 'existing cluster' ? { kubeconfig: '/kubeconfig' } : undefined
  const head = { ...HEAD, role, settings: {}, ...(kubeEdgeOnly && { kubeEdgeOnly }) } as const
  const receipt: Receipt = { ...receiptFor(head, undefined, BASELINE), completed: '2026-11-01T00:00:00.000Z' }
  const place: Place = { host, directory, manifest: { ...sampleManifest, ...manifest, role } }
  return { place, receipt, kubeEdgeOnly }
}

type Machine = ReturnType<typeof machine>

const watching = () => ({ report: () => {}, signal: AbortSignal.timeout(20_000) })

async function planned({ place, receipt, kubeEdgeOnly }: Machine, random: Random): Promise<void> {
  const settings =
    place.manifest.role === 'cloud'
      ? cloud
      : { ...edge, cloud: undefined, containerd: random.pick(['existing', 'bundled'] as const) }
  const found = await inspect({
    ...place,
    settings,
    kubeEdgeOnly,
    receipt: random.chance(0.5) ? receipt : undefined,
    token: { state: 'absent' },
    joined: false,
    tokenIn: undefined,
    report: () => {},
  })
  preflight({
    ...place,
    ...found,
    settings,
    allowPlaceholders: false,
    allowDowngrade: false,
    kubeEdgeOnly: kubeEdgeOnly !== undefined,
    dryRun: true,
  })
  planInstall(found, settings, place)
}

async function seen({ place, receipt }: Machine): Promise<void> {
  const { lines } = await seenInstallation(place, receipt, watching().signal)
  lines('zh', paintFor({ write: () => {} }, {}))
}

async function diagnosed({ place, receipt }: Machine): Promise<void> {
  const facts = await gatherFacts(place.host, place.directory, receipt)
  await diagnose(place, receipt, facts, { ...watching(), installed: undefined })
}

function look(name: string, run: (machine: Machine, random: Random) => Promise<void>): Parser {
  return {
    name: `outputs: ${name}`,
    mayThrow: [],
    draw(seed) {
      const random = randomOf(seed)
      const files = { kubeconfig: KUBECONFIG, 'run/systemd/units': '' }
      const parse = () => written(files, (root) => run(machine(root, random), random))
      return { shown: `seed ${seed}`, parse }
    },
  }
}

export const MACHINE_PARSERS: readonly Parser[] = [
  look('preflight and plan', planned),
  look('status', seen),
  look('doctor', diagnosed),
]

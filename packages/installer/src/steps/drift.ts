import type { BundleManifest } from '@edgelift/bundle'
import {
  EdgeliftError,
  reasonText,
  same,
  systemErrorForPeople,
  type Text,
  type WorkEvent,
} from '@edgelift/core'
import type { Host } from '../node/host.ts'
import { dropInsOf, isEnabled, mustKnowEnabled } from '../node/units.ts'
import type { StepChanges } from '../state/host-changes.ts'
import { hasChange, type Receipt, recordedChange, wasComplete } from '../state/receipt.ts'
import type { Run } from './run.ts'
import type { Drift, Step } from './step.ts'

export interface StepDrift extends Drift {
  /** The step's id. */
  readonly step: string
}

export interface DriftRequest {
  readonly host: Host
  /** The unpacked archive that was installed. */
  readonly directory: string
  readonly manifest: BundleManifest
  readonly receipt: Receipt
  readonly signal: AbortSignal
}

/** Every place that is not as these steps leave it, each once, in the steps' order. Changes nothing. */
export async function driftOfSteps(steps: readonly Step[], request: DriftRequest): Promise<StepDrift[]> {
  const found = new Map<string, StepDrift>()
  for (const step of steps) {
    request.signal.throwIfAborted()
    for (const drift of await driftOf(step, request)) {
      const key = `${drift.kind} ${drift.place} ${drift.state}`
      if (!found.has(key)) found.set(key, { step: step.id, ...drift })
    }
  }
  return [...found.values()]
}

async function driftOf(step: Step, request: DriftRequest): Promise<readonly Drift[]> {
  try {
    return (await step.kind.drift?.(looking(request), step.inputs as never)) ?? []
  } catch (error) {
    return [unknownDrift('object', step.id, error)]
  }
}

/** For what a look failed with: nobody knows whether the place is as it was left. @throws what is no error for people, and INTERRUPTED */
export function unknownDrift(kind: Drift['kind'], place: string, error: unknown): Drift {
  const told = error instanceof EdgeliftError ? error : systemErrorForPeople(error)
  if (told === undefined || told.code === 'INTERRUPTED') throw error
  return { kind, place, state: 'unknown', fields: [told.message], why: reasonText(told) }
}

/** A unit that does not start at boot any more, and what somebody added to it. One that is missing or does not run is told elsewhere. */
export async function disabled(host: Host, unit: string): Promise<Drift[]> {
  const dropIns = await dropInsOf(host, unit)
  return [
    ...(await notEnabled(host, unit)),
    ...(dropIns.length === 0
      ? []
      : [{ kind: 'service', place: unit, state: 'added', fields: dropIns } as const]),
  ]
}

async function notEnabled(host: Host, unit: string): Promise<Drift[]> {
  try {
    const isEnabledStill = await mustKnowEnabled(host, unit)
    return isEnabledStill ? [] : [{ kind: 'service', place: unit, state: 'changed', fields: ['enabled'] }]
  } catch (error) {
    return [unknownDrift('service', unit, error)]
  }
}

function looking({ receipt, ...place }: DriftRequest): Run {
  const refuse = () => Promise.reject(new Error('a check changes nothing'))
  const changes: StepChanges = {
    record: refuse,
    backup: refuse,
    trackTree: refuse,
    trackFolder: refuse,
    wasComplete: wasComplete(receipt),
    former: receipt.former,
    forget: refuse,
    revise: refuse,
    has: (change) => hasChange(receipt, change),
    recorded: (change) => recordedChange(receipt, change),
  }
  return { ...place, changes, report: () => {}, joinToken: refuse }
}

/** Says that a service which an earlier run had enabled is enabled again. */
export async function tellDisabled({ host, changes, report }: Run, unit: string): Promise<void> {
  const wasOurs = changes.wasComplete && changes.has({ kind: 'unit', unit, programs: [] })
  if (!wasOurs || (await isEnabled(host, unit))) return
  const text = {
    en: `restored after a change by hand: systemctl enable ${unit}`,
    zh: `恢复被手动改动的内容：systemctl enable ${unit}`,
  }
  report({ type: 'note', level: 'warning', text })
}

/** Settings in a file of people's that an installation sets, and where the file as it was is kept. */
export function setBack(file: string, fields: readonly string[], copy: string): WorkEvent {
  return {
    type: 'note',
    level: 'warning',
    text: {
      en: `${file} differs from this installation's settings (${fields.join(', ')}): they are set again; the former file is kept as ${copy}`,
      zh: `${file} 与安装参数不一致（${fields.join('、')}），将重新设置；原文件保存为 ${copy}`,
    },
  }
}

const KINDS = {
  file: { en: '', zh: '' },
  service: { en: 'service ', zh: '服务 ' },
  image: { en: 'image ', zh: '镜像 ' },
  values: { en: 'values of helm release ', zh: 'helm release 的 values：' },
  object: { en: '', zh: '' },
} as const satisfies Record<Drift['kind'], Text>

const SHOWN = 3

/** One line: `DaemonSet edgemesh-agent was changed (spec.template, …)`. */
export function driftText({ kind, place, state, fields, why = same(fields.join(', ')) }: Drift): Text {
  const what = (lang: 'en' | 'zh') => `${KINDS[kind][lang]}${place}`
  if (state === 'missing') return { en: `${what('en')} is missing`, zh: `${what('zh')} 缺失` }
  if (state === 'unknown')
    return { en: `cannot check ${place}: ${why.en}`, zh: `无法检查 ${place}：${why.zh}` }
  if (state === 'damaged')
    return {
      en: `${kind === 'service' ? `the database of ${place}` : what('en')} is damaged (${fields.join(', ')})`,
      zh: `${kind === 'service' ? `${place} 的数据库` : what('zh')}已损坏（${fields.join('、')}）`,
    }
  if (state === 'added')
    return {
      en: `${what('en')}: ${fields.join(', ')} added by hand, kept`,
      zh: `${what('zh')}：手动添加了 ${fields.join('、')}，予以保留`,
    }
  const shown = fields.slice(0, SHOWN)
  const more = fields.length > SHOWN ? ', …' : ''
  return {
    en: `${what('en')} was changed${shown.length > 0 ? ` (${shown.join(', ')}${more})` : ''}`,
    zh: `${what('zh')} 被修改${shown.length > 0 ? `（${shown.join('、')}${more}）` : ''}`,
  }
}

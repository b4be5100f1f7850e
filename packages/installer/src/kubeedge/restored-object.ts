import type { JsonObject } from '@edgelift/bundle'
import type { Text, WorkEvent } from '@edgelift/core'
import type { ReleaseName } from '../kube/helm.ts'
import { type Cluster, kubectl } from '../kube/kubectl.ts'
import type { ObjectDrift } from '../kube/live-objects.ts'
import type { Host } from '../node/host.ts'
import { keepText } from '../state/written.ts'
import type { Drift } from '../steps/step.ts'
import type { MergedValues } from './kept-values.ts'

/**
 * Keeps the object as somebody changed it; undefined where it is gone.
 * @throws COMMAND_FAILED when the API does not respond: what has no copy is not overwritten
 */
export async function keepObject(
  cluster: Cluster,
  { kind, name, fields, at }: ObjectDrift,
): Promise<string | undefined> {
  if (fields.length === 0) return undefined
  const question = ['-n', at.namespace, 'get', at.resource, name, '--ignore-not-found', '-o', 'yaml']
  const text = await kubectl(cluster, question)
  return text === '' ? undefined : keepText(cluster.host, `${kind}-${name}.yaml`, text)
}

export function restores(
  { kind, name, fields }: Pick<ObjectDrift, 'kind' | 'name' | 'fields'>,
  copy: string | undefined,
): WorkEvent {
  const kept = {
    en: copy === undefined ? '' : `; the changed object is kept as ${copy}`,
    zh: copy === undefined ? '' : `；修改后的对象保存为 ${copy}`,
  }
  const text: Text =
    fields.length === 0
      ? { en: `${kind} ${name} was deleted: it is restored`, zh: `${kind} ${name} 已被删除，将重新创建` }
      : {
          en: `${kind} ${name} was changed by hand (${fields.join(', ')}): it is restored${kept.en}`,
          zh: `${kind} ${name} 被手动修改（${fields.join('、')}），将恢复${kept.zh}`,
        }
  return { type: 'note', level: 'warning', text }
}

/** What becomes of values that somebody gave a release; those that are set again are kept in a file. */
export async function tellValues(
  host: Host,
  chart: ReleaseName,
  { now, kept, setBack }: MergedValues & { readonly now: JsonObject | undefined },
): Promise<WorkEvent[]> {
  const place = `${chart.namespace}/${chart.release}`
  const note = (text: Text): WorkEvent => ({ type: 'note', level: 'warning', text })
  const events: WorkEvent[] = []
  const added = kept.map((path) => path.join('.'))
  if (kept.length > 0)
    events.push(
      note({
        en: `values of helm release ${place} that were added by hand are kept: ${added.join(', ')}`,
        zh: `保留手动添加的 helm release ${place} 的 values：${added.join('、')}`,
      }),
    )
  if (setBack.length === 0) return events
  const copy = await keepText(host, `${chart.release}-values.json`, JSON.stringify(now, null, 2))
  events.push(
    note({
      en: `values of helm release ${place} were changed by hand (${setBack.join(', ')}): they are restored; the changed values are kept as ${copy}`,
      zh: `helm release ${place} 的 values 被手动修改（${setBack.join('、')}），将恢复；修改后的 values 保存为 ${copy}`,
    }),
  )
  return events
}

/** As a step tells it. */
export function asDrift({ kind, name, fields }: Pick<ObjectDrift, 'kind' | 'name' | 'fields'>): Drift {
  return {
    kind: 'object',
    place: `${kind} ${name}`,
    state: fields.length === 0 ? 'missing' : 'changed',
    fields,
  }
}

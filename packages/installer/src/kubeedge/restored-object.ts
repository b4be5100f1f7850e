import type { Text, WorkEvent } from '@edgelift/core'
import { type Cluster, tryKubectl } from '../kube/kubectl.ts'
import type { ObjectDrift } from '../kube/live-objects.ts'
import { keepText } from '../state/written.ts'

/** The object as somebody changed it; undefined where it is gone. */
export async function keepObject(
  cluster: Cluster,
  { kind, name, fields, at }: ObjectDrift,
): Promise<string | undefined> {
  if (fields.length === 0) return undefined
  const text = await tryKubectl(cluster, '-n', at.namespace, 'get', at.resource, name, '-o', 'yaml')
  return text === undefined ? undefined : keepText(cluster.host, `${kind}-${name}.yaml`, text)
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

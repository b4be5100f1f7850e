import { isMap, nameOf } from './pods.ts'

/** A container of a built-in workload that names no image. */
export interface Imageless {
  /** `DaemonSet edgemesh-agent` */
  readonly owner: string
  readonly container: string
}

/** Where the pod is in the kinds that Kubernetes itself makes pods of. */
const POD: Readonly<Record<string, readonly string[]>> = {
  Pod: ['spec'],
  Deployment: ['spec', 'template', 'spec'],
  DaemonSet: ['spec', 'template', 'spec'],
  StatefulSet: ['spec', 'template', 'spec'],
  ReplicaSet: ['spec', 'template', 'spec'],
  Job: ['spec', 'template', 'spec'],
  CronJob: ['spec', 'jobTemplate', 'spec', 'template', 'spec'],
}
const VERSIONS = /^(v1|apps\/v1|batch\/v1)$/

/**
 * Containers without an image, as a value that nobody has set leaves them, or with one that YAML reads as a number: the API server refuses their object (Kubernetes,
 * pkg/apis/core/validation, validateContainerCommon). Lists are looked into; texts are not, since they may be patches.
 */
export function imagelessIn(objects: readonly unknown[]): Imageless[] {
  return objects.flatMap((object) => {
    if (!isMap(object)) return []
    if (Array.isArray(object.items) && String(object.kind).endsWith('List')) return imagelessIn(object.items)
    const { kind, apiVersion } = object
    const path = typeof kind === 'string' && Object.hasOwn(POD, kind) ? POD[kind] : undefined
    if (path === undefined || typeof apiVersion !== 'string' || !VERSIONS.test(apiVersion)) return []
    const pod = path.reduce<unknown>((at, key) => (isMap(at) ? at[key] : undefined), object)
    if (!isMap(pod)) return []
    return [pod.initContainers, pod.containers].flatMap((list) =>
      (Array.isArray(list) ? list : [])
        .filter(isMap)
        .filter(({ image }) => typeof image !== 'string' || image === '')
        .map(({ name }) => ({ owner: nameOf(object) ?? String(kind), container: String(name) })),
    )
  })
}

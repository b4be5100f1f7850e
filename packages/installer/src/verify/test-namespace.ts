import { setTimeout as sleep } from 'node:timers/promises'
import type { Report, Text } from '@edgelift/core'
import { z } from 'zod'
import { formatKubectl } from '../kube/access.ts'
import { type Cluster, get } from '../kube/kubectl.ts'
import { MARK } from './test-objects.ts'

const Namespaces = z.object({
  items: z.array(
    z.object({
      metadata: z.object({ name: z.string() }),
      status: z
        .object({
          conditions: z
            .array(z.object({ type: z.string(), status: z.string(), message: z.string().default('') }))
            .default([]),
        })
        .prefault({}),
    }),
  ),
})

const PATIENCE = 30 // seconds in which Kubernetes empties a namespace as a rule
const HELD = 5 // seconds after which a condition that holds one up is believed
const PAUSE = 1000 // milliseconds

/**
 * Waits until the test's namespaces are gone, and says of those that stay what holds them up. Kubernetes goes on by
 * itself once that is mended, and the next verify deletes what is left then.
 */
export async function namespacesGone(cluster: Cluster, report: Report, patience = PATIENCE): Promise<void> {
  const start = performance.now()
  for (;;) {
    const left = await testNamespaces(cluster)
    if (left?.length === 0) return
    const seconds = (performance.now() - start) / 1000
    const isHeldUp = left?.every((one) => heldUpBy(one) !== undefined) === true
    if (seconds >= patience || (seconds >= HELD && isHeldUp)) {
      for (const text of left?.map((one) => stays(cluster, one)) ?? [notKnown(cluster)])
        report({ type: 'note', level: 'warning', text })
      return
    }
    await sleep(PAUSE)
  }
}

type Namespace = z.infer<typeof Namespaces>['items'][number]

/** Undefined while the API does not respond, which is no word that there are none. */
async function testNamespaces(cluster: Cluster): Promise<Namespace[] | undefined> {
  return (await get(cluster, Namespaces, ['namespaces', '-l', MARK]))?.items
}

/** Conditions with which Kubernetes says why a namespace does not go (k8s.io/api/core/v1, NamespaceConditionType). */
const REASONS = [
  'NamespaceDeletionDiscoveryFailure',
  'NamespaceDeletionGroupVersionParsingFailure',
  'NamespaceDeletionContentFailure',
]

/** The first that holds. Content that remains is normal for some seconds, and no reason by itself. */
function heldUpBy({ status }: Namespace): string | undefined {
  return REASONS.map((type) =>
    status.conditions.find((one) => one.type === type && one.status === 'True'),
  ).find((one) => one !== undefined)?.message
}

function stays(cluster: Cluster, namespace: Namespace): Text {
  const { name } = namespace.metadata
  const why = heldUpBy(namespace) ?? ''
  const see = `${formatKubectl(cluster)} get apiservices`
  return {
    en: `namespace ${name} of this test is still Terminating${why === '' ? '' : `: ${why}`}. It goes once every aggregated API is available (${see})`,
    zh: `测试命名空间 ${name} 仍处于 Terminating${why === '' ? '' : `：${why}`}。所有聚合 API 恢复可用后会自动删除（${see}）`,
  }
}

function notKnown(cluster: Cluster): Text {
  const see = `${formatKubectl(cluster)} get namespaces -l ${MARK}`
  return {
    en: `the API does not respond, so the namespace of this test may still exist (${see}): the next ./edgelift verify deletes it`,
    zh: `API 无响应，无法确认测试命名空间是否已删除（${see}）：下次执行 ./edgelift verify 时会将其删除`,
  }
}

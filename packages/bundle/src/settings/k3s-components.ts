import { nearest, type Text } from '@edgelift/core'

/** What K3s' `--disable` leaves out (pkg/cli/cmds/stage.go, v1.34.2+k3s1). */
const K3S_COMPONENT_NAMES = [
  'coredns',
  'servicelb',
  'traefik',
  'local-storage',
  'metrics-server',
  'runtimes',
] as const
export type K3sComponentName = (typeof K3S_COMPONENT_NAMES)[number]

/** A name that is none of {@link K3S_COMPONENT_NAMES}: why it is refused, and what is right. */
interface UnknownK3sComponent {
  readonly why: Text
  /** The names that K3s has. */
  readonly known: Text
}

/** The names among these that K3s does not have. Pure. */
export function unknownK3sComponents(names: readonly string[]): UnknownK3sComponent[] {
  const known: readonly string[] = K3S_COMPONENT_NAMES
  return names.flatMap((name) => {
    if (known.includes(name)) return []
    const near = nearest(name, known)
    const [en, zh] = near === undefined ? ['', ''] : [`; did you mean "${near}"?`, `；是否指 "${near}"？`]
    return [
      {
        why: { en: `K3s has no component "${name}"${en}`, zh: `K3s 没有组件 "${name}"${zh}` },
        known: { en: `components are: ${known.join(', ')}`, zh: `可用的组件：${known.join('、')}` },
      },
    ]
  })
}

/** A kubeconfig of one cluster, in JSON, which kubectl reads, too. */
export function sampleKubeconfig({
  current = 'site',
  context = { cluster: 'site', user: 'admin' },
  cluster = {},
  user = {},
}: {
  readonly current?: string
  readonly context?: object
  readonly cluster?: object
  readonly user?: object
} = {}): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'site', cluster: { server: 'https://10.77.0.2:6443', ...cluster } }],
    users: [{ name: 'admin', user }],
    contexts: [{ name: 'site', context }],
    'current-context': current,
  })
}

import type { CommandContext, CommandHandler } from '@edgelift/core/cli'
import { openApi } from '../mesh/api.ts'
import { readMeshKubeconfig } from '../mesh/kubeconfig.ts'
import { MESH_KUBECONFIG } from '../mesh/places.ts'
import { refreshMesh } from '../mesh/refresher.ts'
import { writeMeshState } from '../mesh/state.ts'
import type { Host } from '../node/host.ts'
import { fail } from '../problem/codes.ts'
import { nodeHost } from './node-host.ts'

/** The program of the service edgelift-mesh-refresh; it runs until systemd stops it. */
export const meshRefreshCommand: CommandHandler = (_args, context) =>
  meshRefresh(nodeHost(context.env, context.signal), context)

/** As {@link meshRefreshCommand}, on a host. @throws STEP_FAILED without a kubeconfig that it can use */
export async function meshRefresh(
  host: Host,
  { signal, streams }: Pick<CommandContext, 'signal' | 'streams'>,
): ReturnType<CommandHandler> {
  const access = await readMeshKubeconfig(host)
  if (access === undefined) throw notInstalled()
  await refreshMesh({
    api: openApi(access, signal),
    say: (line) => streams.stdout.write(`${line}\n`),
    keep: (state) => writeMeshState(host, state),
    signal,
  })
  return { document: {}, text: () => '' }
}

function notInstalled(): Error {
  return fail('STEP_FAILED', {
    what: { en: `${MESH_KUBECONFIG} is missing or damaged`, zh: `缺少 ${MESH_KUBECONFIG}，或其内容已损坏` },
    fix: { en: 'run ./install.sh on this node', zh: '请在本节点执行 ./install.sh' },
  })
}

import type { CommandHandler } from '@edgelift/core/cli'
import { openApi } from '../mesh/api.ts'
import { readMeshKubeconfig } from '../mesh/kubeconfig.ts'
import { MESH_KUBECONFIG } from '../mesh/places.ts'
import { refreshMesh } from '../mesh/refresher.ts'
import { writeMeshState } from '../mesh/state.ts'
import { fail } from '../problem/codes.ts'
import { nodeHost } from './node-host.ts'

/** The program of the service edgelift-mesh-refresh; it runs until systemd stops it. */
export const meshRefreshCommand: CommandHandler = async (_args, { env, signal, streams }) => {
  const host = nodeHost(env, signal)
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

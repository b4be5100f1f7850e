import { request } from 'node:http'
import { META_SERVER } from './edgecore-config.ts'

const OPEN = 1000 // milliseconds
/** Selects nothing: no other client has this watch, so EdgeCore has to tell CloudCore of it. */
const PATH = '/api/v1/namespaces/default/endpoints?watch=true&labelSelector=edgelift.io%2Fnone'

/**
 * Opens a watch at this node's metaServer and closes it. EdgeCore tells CloudCore of its watches when one closes, and not
 * after CloudCore has restarted; until then CloudCore has no handler for Endpoints, and what is annotated is lost
 * (KubeEdge 1.22.0, seen). Does nothing where metaServer does not respond.
 */
export function announceWatches(server = META_SERVER, open = OPEN): Promise<void> {
  return new Promise((resolve) => {
    const call = request(`http://${server}${PATH}`, (answer) => {
      answer.resume()
      answer.on('error', () => resolve())
      setTimeout(() => call.destroy(), open)
    })
    call.setTimeout(12 * OPEN, () => call.destroy())
    call.on('error', () => resolve())
    call.on('close', () => resolve())
    call.end()
  })
}

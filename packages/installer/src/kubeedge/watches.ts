import { request } from 'node:http'
import { META_SERVER } from './edgecore-config.ts'
import { EMPTY_WATCH } from './stale-endpoints.ts'

const OPEN = 1000 // milliseconds

/**
 * Opens a watch at this node's metaServer and closes it: EdgeCore then announces all of its watches, and CloudCore gets a
 * handler for Endpoints. Does nothing where metaServer does not respond.
 */
export function announceWatches(server = META_SERVER, open = OPEN): Promise<void> {
  return new Promise((resolve) => {
    const call = request(`http://${server}${EMPTY_WATCH}`, (answer) => {
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

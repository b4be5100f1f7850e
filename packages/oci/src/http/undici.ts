import api from 'undici/lib/api/index.js'
import buildConnector from 'undici/lib/core/connect.js'
import Agent from 'undici/lib/dispatcher/agent.js'
import Dispatcher from 'undici/lib/dispatcher/dispatcher.js'
import Pool from 'undici/lib/dispatcher/pool.js'
import ProxyAgent from 'undici/lib/dispatcher/proxy-agent.js'

/**
 * The parts of undici that transfers need, by the names of their files. Its index loads fetch, WebSocket, mocks and caches too,
 * 400 KB of source that every start of the program would parse.
 */
Object.assign(Dispatcher.prototype, api) // as undici's index does; a ProxyAgent calls `connect`

export { Agent, buildConnector, Pool, ProxyAgent }

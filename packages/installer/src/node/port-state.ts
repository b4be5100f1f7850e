import { connect } from 'node:net'

/**
 * `refused`: the machine is up, and nothing listens. `silent`: no response in time. `unreachable`: the network says that
 * no route leads there.
 */
export type PortState = 'open' | 'refused' | 'silent' | 'unreachable'

const CONNECT_TIMEOUT = 3_000 // milliseconds

/** Whether somebody listens there. @param timeout milliseconds until it counts as silent */
export function portState(host: string, port: number, timeout = CONNECT_TIMEOUT): Promise<PortState> {
  return new Promise((resolve) => {
    const socket = connect({ host, port })
    const end = (state: PortState) => {
      socket.destroy()
      resolve(state)
    }
    socket.setTimeout(timeout, () => end('silent'))
    socket.on('connect', () => end('open'))
    socket.on('error', ({ code }: NodeJS.ErrnoException) =>
      end(code === 'ECONNREFUSED' ? 'refused' : code === 'ETIMEDOUT' ? 'silent' : 'unreachable'),
    )
  })
}

import { createHash, X509Certificate } from 'node:crypto'
import { lookup } from 'node:dns/promises'
import type { IncomingHttpHeaders } from 'node:http'
import { request } from 'node:https'
import { isIP } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { hubPortState } from '../kubeedge/hub-ports.ts'
import { type PortState, portState } from '../node/port-state.ts'
import { HTTPS_AFTER_HUB, TUNNEL_AFTER_HUB } from '../settings/edge.ts'

/** EdgeMesh's tunnel to its relay (EdgeMesh pkg/apis/config/defaults). */
export const RELAY_PORT = 20006
const NAME_TIMEOUT = 5_000
const ANSWER_TIMEOUT = 5_000
/** CloudCore's certificates are below 1 KB. */
const LARGEST_ANSWER = 65_536

/** What an edge sees of its cloud before it joins. */
export interface CloudFacts {
  readonly host: string
  /** Whether the host is an address, or a name that can be resolved. */
  readonly resolved: boolean
  readonly ports: readonly { readonly port: number; readonly state: PortState }[]
  /** SHA-256 of the CA certificate that it serves, in hexadecimal. */
  readonly caHash: string | undefined
  /** Seconds since 1970 by the cloud's clock, less those by this machine's. */
  readonly clockOffset: number | undefined
  /** Whether a node of this name is registered. */
  readonly nodeTaken: boolean | undefined
  /** The cloud's own words, when its certificate is not made for the address by which it is called here. */
  readonly foreignAddress: string | undefined
}

/** Whether CloudHub, or the port next to it that gives certificates, does not respond. */
export function isHubSilent(cloud: CloudFacts | undefined): boolean {
  if (cloud === undefined) return false
  return !cloud.resolved || cloud.ports.slice(0, 2).some(({ state }) => state !== 'open')
}

export interface CloudQuestion {
  readonly host: string
  readonly hubPort: number
  readonly nodeName: string
  /** Of a join token; with it the cloud's certificate is checked as EdgeCore will check it. */
  readonly caHash: string | undefined
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/**
 * Looks at the cloud's ports, and asks CloudHub's HTTPS server (KubeEdge
 * cloud/pkg/cloudhub/servers/httpserver) for its CA, its clock and the node's name. Never throws.
 */
export async function cloudFacts(question: CloudQuestion): Promise<CloudFacts> {
  const { host, hubPort } = question
  const unknown = {
    caHash: undefined,
    clockOffset: undefined,
    nodeTaken: undefined,
    foreignAddress: undefined,
  }
  if (!(await resolves(host))) return { host, resolved: false, ports: [], ...unknown }
  const https = hubPort + HTTPS_AFTER_HUB
  const statesOf = (
    numbers: readonly number[],
    stateOf: (host: string, port: number) => Promise<PortState>,
  ) => Promise.all(numbers.map(async (port) => ({ port, state: await stateOf(host, port) })))
  // CloudCore opens them all at once: once its own are settled, the tunnel's is.
  const own = await statesOf([hubPort, https], hubPortState)
  const ports = [...own, ...(await statesOf([hubPort + TUNNEL_AFTER_HUB, RELAY_PORT], portState))]
  const isOpen = ports.some(({ port, state }) => port === https && state === 'open')
  return { host, resolved: true, ports, ...unknown, ...(isOpen ? await askHub(question, https) : {}) }
}

async function resolves(host: string): Promise<boolean> {
  if (isIP(host) !== 0) return true
  const found = lookup(host).then(
    () => true,
    () => false,
  )
  return Promise.race([found, sleep(NAME_TIMEOUT, false, { ref: false })])
}

type HubFacts = Pick<CloudFacts, 'caHash' | 'clockOffset' | 'nodeTaken' | 'foreignAddress'>

/** The CA is asked for without a check, as EdgeCore does: the token's hash says which one it has to be. */
async function askHub(question: CloudQuestion, port: number): Promise<Partial<HubFacts>> {
  const { host, nodeName, caHash: expected, now } = question
  const asked = now()
  const certificate = await get({ host, port, path: '/ca.crt' })
  if ('failed' in certificate) return {}
  const date = Date.parse(certificate.headers.date ?? '')
  const caHash = createHash('sha256').update(certificate.body).digest('hex')
  const known = {
    ...(Number.isNaN(date) ? {} : { clockOffset: Math.round((date - (asked + now()) / 2) / 1000) }),
    ...(certificate.status === 200 ? { caHash } : {}),
  }
  const trusted = caHash === expected ? certificate.body : undefined
  const node = await get({ host, port, path: `/node/${nodeName}`, ca: trusted })
  if (!('failed' in node)) return { ...known, ...taken(node.status) }
  const anyway = await get({ host, port, path: `/node/${nodeName}` })
  return {
    ...known,
    ...(node.code === 'ERR_TLS_CERT_ALTNAME_INVALID' ? { foreignAddress: node.failed } : {}),
    ...('failed' in anyway ? {} : taken(anyway.status)),
  }
}

function taken(status: number): Pick<HubFacts, 'nodeTaken'> | undefined {
  return status === 200 ? { nodeTaken: true } : status === 404 ? { nodeTaken: false } : undefined
}

interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

interface Call {
  readonly host: string
  readonly port: number
  readonly path: string
  /** DER. Without it the server is not checked. */
  readonly ca?: Buffer | undefined
}

function get({ host, port, path, ca }: Call): Promise<Answer | { failed: string; code: string | undefined }> {
  return new Promise((resolve) => {
    const trust =
      ca === undefined ? { rejectUnauthorized: false } : { ca: new X509Certificate(ca).toString() }
    const signal = AbortSignal.timeout(ANSWER_TIMEOUT)
    const failed = ({ message, code }: NodeJS.ErrnoException) => resolve({ failed: message, code })
    const call = request({ host, port, path, agent: false, signal, ...trust }, (response) => {
      const chunks: Buffer[] = []
      let size = 0
      response.on('data', (chunk: Buffer) => {
        size += chunk.length
        if (size > LARGEST_ANSWER) call.destroy(new Error('too long an answer'))
        chunks.push(chunk)
      })
      response.on('error', failed) // it ended in the middle: the call itself has no error then
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) }),
      )
    })
    call.on('error', failed)
    call.end()
  })
}

import type { DoctorCode } from './codes.ts'
import type { Diagnosis } from './diagnosis.ts'

const TUNNEL: readonly DoctorCode[] = ['RELAY_UNREACHABLE', 'PSK_DIFFERS', 'ENDPOINTS_STALE', 'TUNNEL_BROKEN']
const MESH: readonly DoctorCode[] = ['LINK_MISSING', 'DNS_SILENT', ...TUNNEL]
const EDGE: readonly DoctorCode[] = ['METASERVER_SILENT', ...MESH]
/** What nobody can ask for while the API is away. */
const UNKNOWN: readonly DoctorCode[] = ['CRD_MISSING', 'PROBE_FAILED', 'MESH_REFRESH_OFF']

/**
 * What each finding brings about: of several causes the first one counts, and a cause stands before what follows from it.
 * What only some findings of a code come from or bring about, they say themselves: `mayFollow`, `brings`.
 */
export const FOLLOWS: readonly (readonly [cause: DoctorCode, follows: readonly DoctorCode[]])[] = [
  ['DISK_READ_ONLY', ['UNIT_DOWN', 'API_SILENT', 'CLOUDCORE_DOWN', 'IMAGE_MISSING', ...EDGE]],
  [
    'UNIT_DOWN',
    ['API_SILENT', 'SERVICE_DISABLED', 'CLOUD_DISCONNECTED', 'IMAGE_MISSING', ...UNKNOWN, ...EDGE],
  ],
  ['CLOCK_DIFFERS', []],
  ['NODE_IP_FOREIGN', []],
  ['DATABASE_DAMAGED', ['CLOUD_DISCONNECTED', 'IMAGE_MISSING', 'PROBE_FAILED', ...EDGE]],
  ['FILE_CHANGED', []],
  ['DISK_FULL', ['DISK_PRESSURE', 'API_SILENT', 'CLOUDCORE_DOWN', 'IMAGE_MISSING', ...EDGE]],
  [
    'CERTIFICATE_EXPIRED',
    ['API_SILENT', 'CLOUD_DISCONNECTED', 'NODE_NOT_READY', 'MESH_REFRESH_OFF', ...EDGE],
  ],
  ['CERTIFICATE_DAMAGED', ['CLOUD_DISCONNECTED', ...EDGE]],
  ['API_SILENT', ['DYNAMIC_CONTROLLER_OFF', 'AGENT_MISSING', 'OBJECT_CHANGED', ...UNKNOWN]],
  ['NODE_NAME_SHARED', ['NODE_NOT_READY', 'CLOUD_DISCONNECTED', ...EDGE]],
  ['CLOUD_REPLACED', ['CLOUD_DISCONNECTED', ...EDGE]],
  ['CLOUD_ADDRESS_FOREIGN', ['CLOUD_DISCONNECTED', ...EDGE]],
  ['CLOUD_UNREACHABLE', ['CLOUD_DISCONNECTED', ...EDGE]],
  ['NODE_DELETED', ['CLOUDCORE_DOWN', 'AGENT_MISSING']],
  ['DISK_PRESSURE', ['CLOUDCORE_DOWN', ...MESH]],
  ['INSTALLATION_INCOMPLETE', ['IMAGE_MISSING', 'CRD_MISSING', 'AGENT_MISSING', 'MESH_REFRESH_OFF', ...EDGE]],
  ['OBJECT_CHANGED', ['AGENT_MISSING']],
  ['NAMESERVER_MISSING', MESH],
  ['IMAGE_MISSING', MESH],
  ['NODE_NOT_READY', ['AGENT_MISSING']],
  ['IMAGE_NOT_PULLED', ['CLOUDCORE_DOWN', 'AGENT_MISSING']],
  ['POD_CRASHES', ['CLOUDCORE_DOWN', 'AGENT_MISSING']],
  ['CLOUDCORE_DOWN', ['AGENT_MISSING']],
  ['POD_NOT_RUNNING', ['AGENT_MISSING']],
  ['CLOUD_DISCONNECTED', EDGE],
  ['METASERVER_SILENT', MESH],
  ['LINK_MISSING', ['DNS_SILENT', ...TUNNEL]],
  ['DNS_SILENT', TUNNEL],
]

/** Marks what follows from something else that was found, and puts causes first. */
export function withConsequences(found: readonly Diagnosis[]): Diagnosis[] {
  const all = found.map((one) => (isOnlyByThisClock(one, found) ? followsClock(one) : one))
  const marked = all.map((one) => {
    if (one.consequenceOf !== undefined) return one
    const cause = FOLLOWS.find(([code, codes]) =>
      all.some((other) => other.code === code && isCause(other, one, codes)),
    )
    return cause === undefined ? one : { ...one, consequenceOf: cause[0] }
  })
  return marked.toSorted((a, b) => depthOf(a, marked) - depthOf(b, marked))
}

function isCause(cause: Diagnosis, one: Diagnosis, follows: readonly DoctorCode[]): boolean {
  const isHarmless = cause.severity === 'note' || cause.brings?.length === 0
  if (cause.code === one.code || isHarmless) return false
  return (cause.brings ?? follows).includes(one.code) || one.mayFollow?.includes(cause.code) === true
}

/** A certificate that has expired by this machine's clock, and not by that of another node. */
function isOnlyByThisClock({ overFor }: Diagnosis, found: readonly Diagnosis[]): boolean {
  return overFor !== undefined && found.some(({ ahead }) => ahead !== undefined && ahead > overFor)
}

function followsClock(one: Diagnosis): Diagnosis {
  return { ...one, mayFollow: [...(one.mayFollow ?? []), 'CLOCK_DIFFERS'] }
}

/** How many causes are behind a finding. */
function depthOf({ consequenceOf }: Diagnosis, found: readonly Diagnosis[], limit = FOLLOWS.length): number {
  if (consequenceOf === undefined || limit === 0) return 0
  const cause = found.find(({ code }) => code === consequenceOf)
  return cause === undefined ? 1 : 1 + depthOf(cause, found, limit - 1)
}

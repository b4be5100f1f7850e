import type { DoctorCode } from './codes.ts'
import type { Diagnosis } from './diagnosis.ts'

const TUNNEL: readonly DoctorCode[] = ['RELAY_UNREACHABLE', 'PSK_DIFFERS', 'ENDPOINTS_STALE', 'TUNNEL_BROKEN']
const MESH: readonly DoctorCode[] = ['LINK_MISSING', 'DNS_SILENT', ...TUNNEL]

/** What each finding brings about; causes stand before what follows from them. */
const FOLLOWS: readonly (readonly [cause: DoctorCode, follows: readonly DoctorCode[]])[] = [
  [
    'UNIT_DOWN',
    [
      'API_SILENT',
      'SERVICE_DISABLED',
      'CLOUD_DISCONNECTED',
      'IMAGE_MISSING',
      'METASERVER_SILENT',
      'CRD_MISSING',
      'PROBE_FAILED',
      'MESH_REFRESH_OFF',
      ...MESH,
    ],
  ],
  ['DISK_FULL', ['API_SILENT', 'METASERVER_SILENT', 'IMAGE_MISSING', ...MESH]],
  [
    'API_SILENT',
    [
      'CRD_MISSING',
      'DYNAMIC_CONTROLLER_OFF',
      'AGENT_MISSING',
      'OBJECT_CHANGED',
      'PROBE_FAILED',
      'MESH_REFRESH_OFF',
    ],
  ],
  ['CERTIFICATE_EXPIRED', ['API_SILENT', 'CLOUD_DISCONNECTED', 'MESH_REFRESH_OFF', ...MESH]],
  ['NODE_NAME_SHARED', ['CLOUD_DISCONNECTED', 'METASERVER_SILENT', ...MESH]],
  ['CLOUD_REPLACED', ['CLOUD_DISCONNECTED', 'METASERVER_SILENT', ...MESH]],
  ['CLOUD_ADDRESS_FOREIGN', ['CLOUD_DISCONNECTED', 'METASERVER_SILENT', ...MESH]],
  ['CLOUD_UNREACHABLE', ['CLOUD_DISCONNECTED', 'METASERVER_SILENT', ...MESH]],
  ['CLOCK_DIFFERS', []], // what says so itself: `mayFollow`
  ['CLOUDCORE_DOWN', ['AGENT_MISSING', 'POD_NOT_RUNNING']],
  ['DISK_PRESSURE', ['POD_NOT_RUNNING', 'AGENT_MISSING', ...MESH]],
  ['NAMESERVER_MISSING', ['POD_CRASHES', ...MESH]],
  ['IMAGE_MISSING', ['POD_NOT_RUNNING', 'IMAGE_NOT_PULLED', ...MESH]],
  ['IMAGE_NOT_PULLED', ['AGENT_MISSING']],
  ['POD_CRASHES', ['AGENT_MISSING']],
  ['POD_NOT_RUNNING', ['AGENT_MISSING']],
  ['CLOUD_DISCONNECTED', ['METASERVER_SILENT', ...MESH]],
  ['METASERVER_SILENT', MESH],
  ['LINK_MISSING', ['DNS_SILENT', ...TUNNEL]],
  ['DNS_SILENT', TUNNEL],
]

/** Marks what follows from something else that was found, and puts causes first. */
export function withConsequences(found: readonly Diagnosis[]): Diagnosis[] {
  const made = new Set(found.map(({ code }) => code))
  const marked = found.map((one) => {
    if (one.consequenceOf !== undefined) return one
    const follows = (cause: DoctorCode, codes: readonly DoctorCode[]) =>
      codes.includes(one.code) || one.mayFollow?.includes(cause) === true
    const cause = FOLLOWS.find(([code, codes]) => made.has(code) && code !== one.code && follows(code, codes))
    return cause === undefined ? one : { ...one, consequenceOf: cause[0] }
  })
  const isCause = ({ consequenceOf }: Diagnosis) => consequenceOf === undefined
  return [...marked.filter(isCause), ...marked.filter((one) => !isCause(one))]
}

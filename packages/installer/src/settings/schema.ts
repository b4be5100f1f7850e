import { isIP, isIPv6 } from 'node:net'
import { z } from 'zod'
import { withoutTokens } from '../node/redact.ts'

/** A node's name stands in a label of its own, whose value is at most this long (Kubernetes). */
export const LONGEST_NODE_NAME = 63
const NODE_NAME = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/

/** RFC 1123 subdomain, as Kubernetes requires of node names. */
export function isNodeName(text: string): boolean {
  return text.length <= LONGEST_NODE_NAME && NODE_NAME.test(text)
}

const NodeName = z.string().refine(isNodeName, 'a node name')
const Address = z.string().refine((text) => isIP(text) !== 0, 'an IP address')
/** RFC 1123, 2.1: labels of letters, digits and hyphens. The last one is no number, or the name reads as an address. */
const HOST_NAME =
  /^([A-Za-z0-9]([-A-Za-z0-9]{0,61}[A-Za-z0-9])?\.)*(?!\d+$)[A-Za-z0-9]([-A-Za-z0-9]{0,61}[A-Za-z0-9])?$/
const LONGEST_HOST_NAME = 253

/**
 * The dot at the end of a fully qualified name goes: certificates name hosts without it (RFC 6125), Go compares names
 * without it, and so do lines of /etc/hosts.
 */
const HostName = z
  .string()
  .transform((text) => {
    const name = text.replace(/(?<=[^.])\.$/, '')
    return isIP(name) === 0 ? name : text
  })
  .refine(
    (text) => isIP(text) !== 0 || (text.length <= LONGEST_HOST_NAME && HOST_NAME.test(text)),
    'an address or a host name',
  )
const LABEL = /^([a-z0-9.-]+\/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/
/** YAML reads `line: 3` as a number. */
const LabelValue = z
  .union([z.string(), z.number(), z.boolean()], {
    error: ({ input }) => (input === null ? 'a label value, and "" where it is empty' : 'a label value'),
  })
  .transform(String)
  .refine((text) => /^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/.test(text), 'a label value')

/**
 * An edge's way to the cloud: a host, and the port of CloudHub when it is not 10000. An IPv6 address stands in brackets
 * where a port follows.
 */
const Cloud = z.string().transform((text, context) => {
  const parsed = parseCloud(text)
  if (parsed !== undefined) return parsed
  context.addIssue({ code: 'custom', message: 'cloud address' })
  return z.NEVER
})

function parseCloud(text: string): { host: string; hubPort: number } | undefined {
  if (isIPv6(text)) return { host: text, hubPort: HUB_PORT }
  const [, bracketed, plain, digits] = /^(?:\[([^\]]+)\]|([^:[\]]+))(?::(\d{1,5}))?$/.exec(text) ?? []
  const host = HostName.safeParse(bracketed ?? plain).data
  const hubPort = digits === undefined ? HUB_PORT : Number(digits)
  if (host === undefined) return undefined
  if (bracketed !== undefined && !isIPv6(bracketed)) return undefined
  return hubPort > 0 && hubPort < 65536 ? { host, hubPort } : undefined
}

/** CloudHub's, unless an address names another. */
export const HUB_PORT = 10000

const FilePath = z.string().regex(/^[^\0]+$/, 'the path of a file')

/** A token in the place of its file's path would be shown wherever that is. */
const TokenFile = FilePath.refine(
  (text) => withoutTokens(text) === text,
  'the path of a file that holds the join token',
)

const Taint = z
  .string()
  .regex(/^[^=:]+(=[^=:]*)?:(NoSchedule|PreferNoSchedule|NoExecute)$/, 'key=value:Effect')
  .transform((text) => {
    const [, key = '', value, effect = ''] = /^([^=:]+)(?:=([^:]*))?:(\w+)$/.exec(text) ?? []
    return { key, ...(value ? { value } : {}), effect }
  })

export const CloudSettings = z.strictObject({
  nodeIp: Address.optional(),
  nodeName: NodeName.optional(),
  advertiseAddresses: z.array(HostName).min(1).optional(),
  edgemesh: z.boolean().default(true),
  meshRefresh: z.boolean().default(true),
  relayNodes: z
    .array(z.strictObject({ nodeName: NodeName, advertiseAddress: z.array(HostName).min(1) }))
    .min(1)
    .optional(),
  pskFile: FilePath.optional(),
  k3s: z.strictObject({ disable: z.array(z.string()).optional() }).default({}),
  options: z.array(z.string()).default([]),
  keepPrevious: z.boolean().default(false),
})
export type CloudSettings = z.infer<typeof CloudSettings>

export const EdgeSettings = z.strictObject({
  cloud: Cloud.optional(),
  tokenFile: TokenFile.optional(),
  /** Only in a file of mode 0600, as `edgelift token --join` writes it; never a flag, never kept in the receipt. */
  token: z.string().min(1).optional(),
  nodeName: NodeName.optional(),
  nodeIp: Address.optional(),
  labels: z.record(z.string().regex(LABEL, 'a label key'), LabelValue).default({}),
  /** The API server refuses a node whose taints name one key and effect twice. */
  taints: z
    .array(Taint)
    .refine((taints) => new Set(taints.map(({ key, effect }) => `${key}:${effect}`)).size === taints.length, {
      error: 'each key and effect once',
    })
    .default([]),
  containerd: z.enum(['bundled', 'existing']).default('bundled'),
  options: z.array(z.string()).default([]),
  keepPrevious: z.boolean().default(false),
})
export type EdgeSettings = z.infer<typeof EdgeSettings>

export type Settings =
  | ({ readonly role: 'cloud' } & CloudSettings)
  | ({ readonly role: 'edge' } & EdgeSettings)

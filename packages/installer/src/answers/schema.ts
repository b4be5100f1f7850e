import { isIP } from 'node:net'
import { z } from 'zod'

/** RFC 1123 subdomain, as Kubernetes requires of node names. */
const NodeName = z
  .string()
  .max(253)
  .regex(
    /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/,
    'a node name: lower-case letters, digits, "-", "."',
  )
const Address = z.string().refine((text) => isIP(text) !== 0, 'an IP address')
const HostName = z.string().regex(/^[A-Za-z0-9]([-A-Za-z0-9.]*[A-Za-z0-9])?$/, 'an address or a host name')
const LABEL = /^([a-z0-9.-]+\/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/
const LabelValue = z.string().regex(/^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/, 'a label value')

/** An edge's way to the cloud: a host, and the port of CloudHub when it is not 10000. */
const Cloud = z
  .string()
  .regex(/^(\[[0-9a-fA-F:]+\]|[A-Za-z0-9][-A-Za-z0-9.]*)(:\d{1,5})?$/, 'HOST or HOST:PORT')
  .transform((text) => {
    const [, host = '', port] = /^(.*?)(?::(\d+))?$/.exec(text) ?? []
    return { host, hubPort: port === undefined ? 10000 : Number(port) }
  })
  .refine(({ hubPort }) => hubPort > 0 && hubPort < 65536, 'a port is a number from 1 to 65535')

const Taint = z
  .string()
  .regex(/^[^=:]+(=[^:]*)?:(NoSchedule|PreferNoSchedule|NoExecute)$/, 'key=value:Effect')
  .transform((text) => {
    const [, key = '', value, effect = ''] = /^([^=:]+)(?:=([^:]*))?:(\w+)$/.exec(text) ?? []
    return { key, ...(value ? { value } : {}), effect }
  })

export const CloudAnswers = z.strictObject({
  nodeIp: Address.optional(),
  nodeName: NodeName.optional(),
  advertiseAddresses: z.array(HostName).min(1).optional(),
  edgemesh: z.boolean().default(true),
  relayNodes: z
    .array(z.strictObject({ nodeName: NodeName, advertiseAddress: z.array(HostName).min(1) }))
    .min(1)
    .optional(),
  pskFile: z.string().min(1).optional(),
  k3s: z.strictObject({ disable: z.array(z.string()).optional() }).default({}),
  options: z.array(z.string()).default([]),
})
export type CloudAnswers = z.infer<typeof CloudAnswers>

export const EdgeAnswers = z.strictObject({
  cloud: Cloud.optional(),
  tokenFile: z.string().min(1).optional(),
  /** Only in a file of mode 0600, as `edgelift token --join` writes it; never a flag, never kept in the receipt. */
  token: z.string().min(1).optional(),
  nodeName: NodeName.optional(),
  nodeIp: Address.optional(),
  labels: z.record(z.string().regex(LABEL, 'a label key'), LabelValue).default({}),
  taints: z.array(Taint).default([]),
  containerd: z.enum(['bundled', 'existing']).default('bundled'),
  options: z.array(z.string()).default([]),
})
export type EdgeAnswers = z.infer<typeof EdgeAnswers>

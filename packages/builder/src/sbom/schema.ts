import { z } from 'zod'

/** The parts of a CycloneDX 1.6 component that edgelift writes and reads. */
export const Component = z.object({
  type: z.enum(['application', 'container', 'file', 'library']),
  'bom-ref': z.string(),
  name: z.string(),
  version: z.string().optional(),
  hashes: z.array(z.object({ alg: z.literal('SHA-256'), content: z.string() })).default([]),
  licenses: z.array(z.object({ expression: z.string() })).optional(),
  cpe: z.string().optional(),
  purl: z.string().optional(),
  externalReferences: z.array(z.object({ type: z.string(), url: z.string() })).optional(),
  properties: z.array(z.object({ name: z.string(), value: z.string() })).default([]),
})
export type Component = z.infer<typeof Component>

/** `sbom.cdx.json`, as this and older edgelifts write it. */
export const Sbom = z.object({
  serialNumber: z.string(),
  metadata: z.object({
    tools: z.object({ components: z.array(z.object({ name: z.string(), version: z.string() })) }),
    component: z.object({ name: z.string(), version: z.string() }),
  }),
  components: z.array(Component),
})
export type Sbom = z.infer<typeof Sbom>

/** The component's property; undefined where it has none of that name. */
export function propertyOf(component: Component, name: `edgelift:${string}`): string | undefined {
  return component.properties.find((property) => property.name === name)?.value
}

/** Its SPDX expression; undefined where none is known. */
export function licenseOf(component: Component): string | undefined {
  return component.licenses?.[0]?.expression
}

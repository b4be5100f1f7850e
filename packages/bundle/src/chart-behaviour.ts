import { z } from 'zod'
import { LABEL_KEY, LABEL_VALUE } from './label-form.ts'

const Resource = z
  .string()
  .regex(/^[a-z][a-z0-9.-]*$/, 'a resource of Kubernetes in lower case: secret, configmap, crd')
const Workload = z
  .string()
  .regex(/^(deployment|daemonset|statefulset)\/[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/, 'deployment/NAME')

/** A name as every resource of Kubernetes takes it (apimachinery, pkg/api/validation/path); no option of kubectl. */
const ObjectName = z
  .string()
  .max(253)
  .regex(
    /^(?!-|\.{1,2}$)[^/%\s\p{C}]+$/u,
    'the name of an object of Kubernetes: no "/", "%" or blanks, no "-" in front',
  )
/** Of the data of a Secret or a ConfigMap (apimachinery, pkg/util/validation: IsConfigMapKey). */
const DataKey = z
  .string()
  .max(253)
  .regex(/^(?!\.{1,2}$)[-._a-zA-Z0-9]+$/, 'a key of a Secret or ConfigMap: letters, digits, "-", "_" and "."')
const LabelKey = z.string().regex(LABEL_KEY, 'a label key of Kubernetes: example.org/name')
const LabelValue = z
  .string()
  .regex(LABEL_VALUE, 'a label value of Kubernetes: at most 63 letters, digits, "-", "_" and "."')

const CHART_RELEASE = 'a release name of Helm: at most 53 lower-case letters, digits, "-" and "."'
const CHART_NAMESPACE = 'a DNS label: at most 63 lower-case letters, digits and "-"'

/** A namespace of Kubernetes: a DNS label (RFC 1123). */
export const ChartNamespace = z.string().regex(/^(?=.{1,63}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?$/, CHART_NAMESPACE)

/**
 * What an installer has to know of a chart that Helm does not say. All of it is data of the release, so that a chart of
 * a site is treated like the shipped ones.
 */
export const CHART_BEHAVIOUR = {
  order: z
    .number()
    .int()
    .nonnegative()
    .optional()
    .describe('Charts are installed in this order, and removed in the opposite one. 100 when left out.'),
  requires: z
    .array(z.string())
    .optional()
    .describe('Paths in the archive that have to be there for this chart: crds/x.yaml.'),
  restarts: z
    .array(Workload)
    .optional()
    .describe(
      'Its workloads that read their configuration only when they start: restarted when it has changed.',
    ),
  ready: z
    .array(
      z.strictObject({
        resource: Resource,
        name: ObjectName,
        key: DataKey.optional(),
        everyStart: z
          .boolean()
          .optional()
          .describe(
            'Its program writes it at every start: one that is older than the pods of "restarts" does not count.',
          ),
      }),
    )
    .optional()
    .describe(
      'Objects in its namespace that exist, with this key in their data, once it works; its pods aside.',
    ),
  leaves: z
    .array(z.strictObject({ resource: Resource, names: z.array(ObjectName).min(1) }))
    .optional()
    .describe('Objects in its namespace that its program creates by itself, which an uninstall removes.'),
  labels: z
    .array(
      z.strictObject({
        resource: Resource,
        /** Empty for what belongs to no namespace. */
        namespace: z.union([z.literal(''), ChartNamespace]),
        name: ObjectName,
        label: LabelKey,
        value: LabelValue.default(''),
      }),
    )
    .optional()
    .describe('Labels on objects of others for as long as it is installed.'),
  certificate: z
    .strictObject({
      secret: ObjectName,
      key: DataKey,
      covers: z.array(z.string()).min(1),
    })
    .optional()
    .describe(
      'A certificate that its program issues once: the Secret, the key of its data, and the settings whose addresses and names it has to cover. One that does not is deleted, and the workloads of "restarts" are restarted.',
    ),
}

/** Helm's release name (pkg/chartutil/validate_name.go): also an argument, so it never begins with a dash. */
export const ChartRelease = z
  .string()
  .regex(/^(?=.{1,53}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/, CHART_RELEASE)

/** Where a chart without an order of its own comes. */
export const CHART_ORDER = 100

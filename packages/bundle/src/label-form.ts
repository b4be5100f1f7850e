/** A key of a label or a taint (apimachinery, pkg/util/validation: IsQualifiedName). */
export const LABEL_KEY =
  /^((?=[^/]{1,253}\/)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\/)?(?=.{1,63}$)[A-Za-z0-9]([-\w.]*[A-Za-z0-9])?$/

/** A value of a label or a taint (the same, IsValidLabelValue). */
export const LABEL_VALUE = /^((?=.{1,63}$)[A-Za-z0-9]([-\w.]*[A-Za-z0-9])?)?$/

import type { RequirerName, Role, When } from '@edgelift/bundle'

/** An image that something requires on the nodes of a role. */
export interface ImageRequirement {
  /** Canonical. */
  readonly reference: string
  readonly role: Role
  readonly requirer: RequirerName
  readonly when?: When
}

/** Files that something in the archive of a role requires. */
export interface FileRequirement {
  readonly role: Role
  readonly requirer: RequirerName
  readonly paths: readonly string[]
  readonly when?: When
}

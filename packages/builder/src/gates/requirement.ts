import type { Role, When } from '@edgelift/bundle'

/** Somebody who will ask for an image on the nodes of a role. */
export interface ImageRequirement {
  /** Canonical. */
  readonly reference: string
  readonly role: Role
  /** `chart cloudcore (DaemonSet edge-eclipse-mosquitto)` */
  readonly requirer: string
  readonly when?: When
}

/** Somebody in the archive of a role who needs files in it. */
export interface FileRequirement {
  readonly role: Role
  readonly requirer: string
  readonly paths: readonly string[]
  readonly when?: When
}

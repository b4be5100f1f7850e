import type { Role, When } from '@edgelift/bundle'

/** Somebody who will ask for an image on the nodes of a role. */
export interface ImageWish {
  /** Canonical. */
  readonly reference: string
  readonly role: Role
  /** `chart cloudcore (DaemonSet edge-eclipse-mosquitto)` */
  readonly asker: string
  readonly when?: When
}

/** Somebody in the archive of a role who needs files in it. */
export interface FileWish {
  readonly role: Role
  readonly asker: string
  readonly paths: readonly string[]
  readonly when?: When
}

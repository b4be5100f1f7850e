import type { BundleManifest } from '@edgelift/bundle'
import type { CloudFacts } from '../inspect/cloud-facts.ts'
import type { InstalledRelease } from '../inspect/installed-release.ts'
import type { GivenToken } from '../kubeedge/join-token.ts'
import type { PskState } from '../kubeedge/psk.ts'
import type { ClusterVersions } from '../kubeedge/versions.ts'
import type { Facts } from '../node/facts.ts'
import type { Settings } from '../settings/schema.ts'

/** All that preflight judges. Nothing is asked of the machine or of the cloud any more. */
export interface PreflightContext {
  readonly manifest: BundleManifest
  /** The unpacked archive. */
  readonly directory: string
  readonly settings: Settings
  readonly facts: Facts
  /** The release that is installed, as far as it is known. */
  readonly before?: InstalledRelease | undefined
  /** What runs on the cloud and on its edges, where this node is installed and the cloud responds. */
  readonly peers?: ClusterVersions | undefined
  readonly allowPlaceholders: boolean
  /** An older release than the installed one is accepted, where its programs can read what is there. */
  readonly allowDowngrade: boolean
  /** KubeEdge alone is installed, on an existing cluster. */
  readonly kubeEdgeOnly: boolean
  /** Nothing will be changed: a normal user may look, too. */
  readonly dryRun: boolean
  /** What the edge sees of its cloud; undefined on the cloud, and where no cloud was answered. */
  readonly cloud: CloudFacts | undefined
  /** Of an edge: its address on the way to the cloud, as the routes say. */
  readonly addressToCloud?: string | undefined
  /** Whether this node has a certificate with which EdgeCore can go on: then no token is needed. */
  readonly joined: boolean
  readonly token: GivenToken
  /** Files with a join token in them that others may read. */
  readonly openFiles: readonly string[]
  readonly openPsk: string | undefined
  /** Names of variables in the environment that look like settings and are none. */
  readonly strangeVariables: readonly string[]
  readonly psk: PskState
}

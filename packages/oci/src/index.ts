export type { BlobSink } from './blob-sink.ts'
export { ociCodes } from './codes.ts'
export type { Credentials, Login } from './credentials.ts'
export { type DockerCredentialsOptions, dockerCredentials } from './docker-config.ts'
export { type Downloaded, type DownloadOptions, download } from './downloads.ts'
export {
  type ImageTarInput,
  type ImageTarPlan,
  planImageTar,
  type TarEntryPlan,
  writeImageTar,
} from './image-tar.ts'
export { type ImageTarContent, readImageTar } from './image-tar-read.ts'
export { filesOfImage, type ImageFile, type ImageFilesOptions } from './layer-files.ts'
export {
  type Descriptor,
  descriptorSchema,
  type ImageConfig,
  type Index,
  imageConfigSchema,
  indexSchema,
  type Manifest,
  manifestSchema,
} from './manifest.ts'
export {
  bareMediaType,
  CONFIG_TYPES,
  IMAGE_MANIFEST_TYPES,
  INDEX_TYPES,
  isConfigType,
  isImageManifestType,
  isIndexType,
  isLayerType,
  LAYER_TYPES,
} from './media-types.ts'
export { memorySink } from './memory-sink.ts'
export { formatPlatform, matchesPlatform, type Platform, parsePlatform } from './platform.ts'
export { redact, redactUrl } from './redact.ts'
export { formatReference, parseReference, type Reference } from './reference.ts'
export {
  type FetchedManifest,
  openRegistry,
  type RegistryClient,
  type RegistryOptions,
} from './registry-client.ts'
export type { ResolvedImage, VerifiedContent } from './resolve-image.ts'
export { defaultStoreRoot, openStore, type Store } from './store.ts'
export type { Pruned, PruneOptions, StoreEntry, StoreProblem } from './store-upkeep.ts'
export { membersOfTar, type TarMember, type TarMembersOptions } from './tar-files.ts'
export {
  type Answer,
  type Ask,
  DEFAULT_TIMEOUTS,
  openTransport,
  type Timeouts,
  type Transport,
  type TransportOptions,
} from './transport.ts'

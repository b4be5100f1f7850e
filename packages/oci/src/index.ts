export type { Credentials, Login } from './auth/credentials.ts'
export { type DockerCredentialsOptions, dockerCredentials } from './auth/docker-config.ts'
export { ociCodes } from './codes.ts'
export { basicAuthorization } from './http/basic-authorization.ts'
export { hostTrouble } from './http/host-trouble.ts'
export { redact, redactUrl } from './http/redact.ts'
export {
  DEFAULT_TIMEOUTS,
  openTransport,
  type Request,
  type Response,
  type Timeouts,
  type Transport,
  type TransportOptions,
} from './http/transport.ts'
export { credentialParameter, rememberUrlSecrets } from './http/url-secrets.ts'
export {
  type ImageTarInput,
  type ImageTarPlan,
  planImageTar,
  type TarEntryPlan,
  writeImageTar,
} from './image/image-tar.ts'
export { type UnpackedLayers, unpackImageTar } from './image/image-tar-layers.ts'
export { type ImageTarContent, readImageTar } from './image/image-tar-read.ts'
export { filesOfImage, type ImageFile, type ImageFilesOptions } from './image/layer-files.ts'
export {
  type Descriptor,
  descriptorSchema,
  type ImageConfig,
  type Index,
  imageConfigSchema,
  indexSchema,
  type Manifest,
  manifestSchema,
} from './manifest/manifest.ts'
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
} from './manifest/media-types.ts'
export { formatPlatform, matchesPlatform, type Platform, parsePlatform } from './name/platform.ts'
export { formatReference, parseReference, type Reference } from './name/reference.ts'
export type { FetchedManifest, RegistryClient, ResolvedImage, VerifiedContent } from './registry/client.ts'
export { openRegistry, type RegistryOptions } from './registry/registry-client.ts'
export { defaultStoreRoot, openStore, type Store } from './store/store.ts'
export type { Pruned, PruneOptions, StoreEntry, StoreProblem } from './store/store-upkeep.ts'
export { entriesOfTar, type TarEntry, type TarLimits } from './tar/tar-entries.ts'
export { membersOfTar, type TarMember, type TarMembersOptions } from './tar/tar-files.ts'
export { unpacked } from './tar/unpacked.ts'
export type { BlobSink } from './transfer/blob-sink.ts'
export { type Downloaded, type DownloadOptions, download } from './transfer/downloads.ts'
export { memorySink } from './transfer/memory-sink.ts'

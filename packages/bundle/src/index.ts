export { type ArchiveContent, contentsOfArchive } from './archive-contents.ts'
export { readArchive } from './archive-reader.ts'
export { type ArchiveEntry, type ArchiveWriter, archiveWriter } from './archive-writer.ts'
export { hexOfIntegrity, integrityOf } from './audit.ts'
export { checksumLine, smallText } from './beside.ts'
export { CHART_BEHAVIOUR, CHART_ORDER, ChartNamespace, ChartRelease } from './chart-behaviour.ts'
export { applies, type Choice, isObject, mergeObjects, settingIn, valuesOf } from './chart-values.ts'
export { bundleCodes } from './codes.ts'
export { type ArchiveBaseOptions, archiveBase } from './delta/archive-base.ts'
export { type Base, contentStoreBase, directoryBase } from './delta/bases.ts'
export {
  type Completed,
  completeDirectory,
  completedBefore,
  readDelta,
  refuseCompleted,
  wantedOfBases,
} from './delta/complete.ts'
export { rewriteArchive } from './delta/rewrite-archive.ts'
export { DELTA_PATHS, type Delta, type DeltaFile, type DeltaPart } from './delta/schema.ts'
export { readPublicKey, readSecretKey } from './key-files.ts'
export { LABEL_KEY, LABEL_VALUE } from './label-form.ts'
export {
  archOf,
  BundleChart,
  BundleFile,
  BundleImage,
  BundleManifest,
  BundleOption,
  type Json,
  JsonObject,
  Origin,
  PLATFORMS,
  type PlatformName,
  ROLES,
  type Role,
} from './manifest.ts'
export { claimedSigner, signatureKey, signHash, signingHash, verifyHash } from './minisign.ts'
export {
  formatPublicKey,
  formatSecretKey,
  keyName,
  newKey,
  type PublicKey,
  parsePublicKey,
  parsePublicKeys,
  parseSecretKey,
  type SecretKey,
} from './minisign-key.ts'
export { packContent } from './pack-content.ts'
export { archiveName, MAX_PARTS, partName, partsAmong, partsList, partsListAt } from './parts/names.ts'
export { openArchive } from './parts/open-archive.ts'
export { type ArchiveSource, bytesOf } from './parts/source.ts'
export { imageFileName, k3sPath, LAUNCHERS, PATHS, UNLISTED } from './paths.ts'
export { isPlaceholderFile, PLACEHOLDER_HEAD, PLACEHOLDER_LABEL, PLACEHOLDER_MARK } from './placeholders.ts'
export { type Proof, proofOf } from './proof.ts'
export { formatManifest, readManifest } from './read-manifest.ts'
export { LEFT_BY_INSTALLATION, type Signer, type Verified, type VerifyOptions } from './records.ts'
export { Requirer, RequirerName, requirerOf, requirerText, When } from './requirer.ts'
export { foldedPath, isArchiveName, isSafePath, VERSION, VERSION_WORDS } from './safe-path.ts'
export * from './settings/index.ts'
export { formatSums, parseSums } from './sums.ts'
export type { FoundFile } from './tar-parser.ts'
export { verifyArchive } from './verify.ts'
export { verifyDirectory } from './verify-directory.ts'

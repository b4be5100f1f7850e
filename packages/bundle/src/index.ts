export { applies, type Choice, mergeObjects, valuesOf } from './chart-values.ts'
export { bundleCodes } from './codes.ts'
export {
  Asker,
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
  When,
} from './manifest.ts'
export { imageFileName, k3sPath, PATHS, UNLISTED } from './paths.ts'

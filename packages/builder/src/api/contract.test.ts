import type { BundleManifest, PlatformName, Role } from '@edgelift/bundle'
import type { EdgeliftError, Text, WorkEvent } from '@edgelift/core'
import { expectTypeOf, it } from 'vitest'
import type * as built from '../build.ts'
import type { ImageLayers } from '../inspect/image-layers.ts'
import type { Inspection } from '../inspect/inspection.ts'
import type * as contract from './contract.ts'
import type * as functions from './index.ts'

// The compiler is what fails here: `contract.ts` imports nothing, so that it can be published, and repeats types of ours.
it('the published types are those that the builder works with', () => {
  expectTypeOf<contract.ProgressEvent>().toEqualTypeOf<WorkEvent>()
  expectTypeOf<contract.Text>().toEqualTypeOf<Text>()
  expectTypeOf<contract.Role>().toEqualTypeOf<Role>()
  expectTypeOf<contract.Platform>().toEqualTypeOf<PlatformName>()
  expectTypeOf<keyof contract.Edgelift>().toEqualTypeOf<keyof typeof functions>()
  expectTypeOf<EdgeliftError>().toExtend<contract.EdgeliftError>()
  expectTypeOf<ReturnType<EdgeliftError['toJSON']>>().toExtend<contract.Problem>()
  expectTypeOf<BundleManifest>().toExtend<contract.InspectResult['manifest']>()
  expectTypeOf<Inspection['kinds']>().toExtend<contract.InspectResult['kinds']>()
  expectTypeOf<ImageLayers>().toExtend<NonNullable<contract.VerifiedArchive['layers']>>()
  expectTypeOf<built.BuildResult>().toExtend<Omit<contract.BuildResult, 'release' | 'lock'>>()
})

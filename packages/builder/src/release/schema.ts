// biome-ignore-all lint/suspicious/noTemplateCurlyInString: descriptions name the templates of releases
import {
  CHART_BEHAVIOUR,
  type Json,
  JsonObject,
  PLATFORMS,
  ROLES,
  VERSION,
  VERSION_WORDS,
  When,
} from '@edgelift/bundle'
import { z } from 'zod'
import { License, Software } from './software.ts'

/**
 * A release: what goes into the archives, for people to read and write (`manifests/*.yaml`). Named parts are maps,
 * so that a release that `extends` another one replaces or removes (`null`) them by name.
 *
 * Strings may hold `${name}` of `versions`, and `${arch}` (`amd64`, `arm64`) where something differs by platform; in
 * a URL the value is percent-encoded (`v1.34.2+k3s1` becomes `v1.34.2%2Bk3s1`).
 */

const Name = z.string().regex(/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/, 'lower-case letters, digits, "-" and "."')
const Roles = z.array(z.enum(ROLES)).min(1).describe('The archives that it goes into.')
const Platforms = z.array(z.enum(PLATFORMS)).min(1).describe('As OCI writes them: linux/amd64.')
const Mode = z.enum(['0644', '0755']).describe('Permission bits in octal, in quotes.')
const MayPull = z
  .boolean()
  .optional()
  .describe(
    'Its pods may pull images, because the nodes reach a registry: imagePullPolicy Always is no error then.',
  )
/** In capital letters, too, as PowerShell writes it, and behind `sha256:`, as GitHub shows it beside a file of a release. */
const Hex256 = z.string().regex(/^(sha256:)?[0-9a-fA-F]{64}$/, 'a SHA-256 in hexadecimal')
/** One URL with `${arch}`, or one per platform. */
const Url = z
  .union([z.string().min(1), z.partialRecord(z.enum(PLATFORMS), z.string().min(1))])
  .describe(
    'Where upstream publishes it: one URL, which may hold ${arch} and ${versions}, or one per platform.',
  )
/** Helm keeps whole numbers of any length, JavaScript does not: one that is another one by now would reach the nodes. */
const Values = JsonObject.refine(isExact, 'values with whole numbers below 2^53: put longer ones into quotes')

function isExact(value: Json): boolean {
  if (typeof value === 'number') return !Number.isInteger(value) || Number.isSafeInteger(value)
  return typeof value !== 'object' || value === null || Object.values(value).every(isExact)
}

const Words = z.strictObject({ en: z.string().min(1), zh: z.string().min(1) })

/**
 * How a download is trusted. `url`: upstream's checksum file, a list of `hash  name` lines or one bare hash (told
 * apart by reading it, the algorithm by the hash's length). `sha256`: a digest that is known here. Neither: the
 * first use is pinned in the lock, and said so.
 */
export const Checksum = z.union([
  z.strictObject({
    url: z.string().describe('A list of "hash  name" lines, or one bare hash.'),
    name: z.string().optional().describe('The file’s name in the list, when it is not the URL’s last part.'),
  }),
  z.strictObject({ sha256: Hex256 }),
])
export type Checksum = z.infer<typeof Checksum>

const Source = {
  url: Url,
  checksum: Checksum.optional().describe(
    'How the download is trusted: by upstream’s checksum file (url), or by a digest known here (sha256). Left out: the first use is pinned in the lock.',
  ),
  /** A forge regenerates the content at each request: the lock holds what is taken out of it, not the tarball. */
  generatedSource: z
    .boolean()
    .optional()
    .describe('A forge regenerates this tarball at each request: only what is taken out of it is locked.'),
}

/** A file of the archive: a download, or one member of a downloaded tarball. */
const ReleaseFile = z.strictObject({
  ...Source,
  roles: Roles,
  platforms: Platforms.optional(),
  path: z.string().optional().describe('Where it lies in the archive.'),
  member: z.string().optional().describe('The one file of the downloaded tarball that is taken out.'),
  mode: Mode.default('0644'),
  members: z
    .record(z.string(), z.string())
    .refine((members) => Object.keys(members).length > 0, 'a mapping with at least one member')
    .optional()
    .describe('Several files of one tarball: member to path in the archive.'),
  kubernetes: z
    .boolean()
    .optional()
    .describe('It holds Kubernetes objects: every image that their pods ask for has to be in the archive.'),
  mayPull: MayPull,
  license: License,
  software: Software.optional().describe('Version, purl and CPE of the program, for the SBOM.'),
})
export type ReleaseFile = z.infer<typeof ReleaseFile>

const ReleaseImage = z.strictObject({
  reference: z.string().describe('With a fixed tag: docker.io/kubeedge/cloudcore:v1.22.0.'),
  roles: Roles,
  platforms: Platforms.optional(),
  when: When.optional(),
  license: License,
})
export type ReleaseImage = z.infer<typeof ReleaseImage>

/** Images that an upstream list names (`k3s-images.txt`): the source of those images, and the drift gate's measure. */
const ReleaseImageList = z.strictObject({
  ...Source,
  roles: Roles,
  except: z
    .record(z.string(), z.string())
    .optional()
    .describe('Repositories of the list that are left out, each with the reason.'),
  licenses: z
    .record(z.string(), z.string())
    .optional()
    .describe('Repositories of the list, each with its SPDX expression.'),
})
export type ReleaseImageList = z.infer<typeof ReleaseImageList>

/** Files that are taken out of an image's layers: a program together with the libraries that it needs. */
const ReleaseImageFiles = z.strictObject({
  reference: z.string().describe('The image; it is read, not packed.'),
  roles: Roles,
  files: z
    .partialRecord(z.enum(PLATFORMS), z.record(z.string(), z.string()))
    .describe('Per platform: absolute path in the image to path in the archive.'),
  mode: Mode.default('0755'),
  license: License,
  software: z
    .record(z.string(), Software)
    .optional()
    .describe('Version, purl and CPE by path in the archive, for the SBOM.'),
})
export type ReleaseImageFiles = z.infer<typeof ReleaseImageFiles>

export const ReleaseChart = z.strictObject({
  ...Source,
  roles: Roles,
  path: z.string().describe('Where it lies in the archive, as a packed chart: helm-charts/x.tgz.'),
  folder: z
    .string()
    .optional()
    .describe(
      'The chart’s folder in a source tarball; it is repacked. Left out: the download is a packed chart.',
    ),
  release: z.string().describe('Helm’s release name.'),
  namespace: z.string(),
  when: When.optional(),
  values: Values.default({}).describe(
    '{ $setting: NAME } is filled in from the settings of the installation.',
  ),
  variants: z
    .array(z.strictObject({ when: When, values: Values }))
    .default([])
    .describe('Merged over the values, in this order, where their condition holds.'),
  mayPull: MayPull,
  ...CHART_BEHAVIOUR,
  license: License,
  software: Software.optional().describe('Version and purl of the chart, for the SBOM.'),
})
export type ReleaseChart = z.infer<typeof ReleaseChart>

const ReleaseOption = z.strictObject({
  title: Words,
  default: z.boolean().default(false),
  requires: z.array(Name).optional().describe('Options that have to be chosen with it.'),
})
export type ReleaseOption = z.infer<typeof ReleaseOption>

/** The release as it is used: after `extends` is followed. */
export const Release = z.strictObject({
  format: z.literal('edgelift/release/v1'),
  name: Name.describe('Of the release; a lock belongs to name and version.'),
  version: z.string().regex(VERSION, VERSION_WORDS),
  versions: z
    .record(z.string(), z.string())
    .describe('Component versions, and the variables of the templates: ${k3s}. ${arch} is amd64 or arm64.'),
  platforms: Platforms.default([...PLATFORMS]),
  archives: z
    .partialRecord(z.enum(ROLES), z.string())
    .describe('The archives’ names without suffix. A role without a name is not built.'),
  options: z.record(Name, ReleaseOption).default({}).describe('What an operator may choose at installation.'),
  files: z.record(Name, ReleaseFile).default({}).describe('Downloads, and files taken out of them.'),
  images: z.record(Name, ReleaseImage).default({}).describe('Images that are packed.'),
  imageLists: z
    .record(Name, ReleaseImageList)
    .default({})
    .describe('Lists of images that upstream publishes: all of them are packed, and other tags are drift.'),
  imageFiles: z
    .record(Name, ReleaseImageFiles)
    .default({})
    .describe('Files taken out of the layers of images.'),
  charts: z
    .record(Name, ReleaseChart)
    .default({})
    .describe('Helm charts: rendered at lock with the very values of the installation.'),
  notImages: z
    .array(z.string().min(1))
    .default([])
    .describe(
      'Texts in charts and Kubernetes files that look like images and are none, as the warning quotes them.',
    ),
  settings: z
    .strictObject({
      /** The sandbox image that the installer configures. Left out: what the runtime of that role asks for itself. */
      sandboxImage: z
        .partialRecord(z.enum(ROLES), z.string())
        .default({})
        .describe('The image of every pod’s sandbox that the installer configures, per role.'),
      testImage: z.string().optional().describe('The image of the functional test of edgelift verify.'),
      k3sDisable: z.array(z.string()).default([]).describe('Components of K3s that are left out.'),
    })
    .default({ sandboxImage: {}, k3sDisable: [] }),
})
export type Release = z.infer<typeof Release>

/** What one file holds: a release, or what it changes of the one that it `extends` (`null` removes a named part). */
export const EXTENDS = 'extends'

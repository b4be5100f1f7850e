/** Every path of the archive that has a meaning, in one place. Relative to the archive's top directory. */
export const PATHS = {
  manifest: 'manifest.json',
  sums: 'SHA256SUMS',
  signature: 'SHA256SUMS.minisig',
  sbom: 'sbom.cdx.json',
  provenance: 'provenance.json',
  /** Of signed archives: the same statement in a DSSE envelope. */
  provenanceEnvelope: 'provenance.dsse.json',
  imageList: 'images.txt',
  answers: 'install.yaml',
  readme: 'README.txt',
  /** The handbook: `docs/en/…` and `docs/zh-CN/…`, the same pages in both. */
  docs: 'docs',
  /** The texts of the licences that the SBOM names: `licenses/Apache-2.0.txt`. */
  licenses: 'licenses',
  version: 'meta/version.txt',
  runtime: 'runtime',
  runtimeNode: 'runtime/node',
  installer: 'installer.mjs',
  launcher: 'edgelift',
  install: 'install.sh',
  installKubeEdgeOnly: 'install-kubeedge-only.sh',
  cleanup: 'cleanup.sh',
  images: 'images',
  charts: 'helm-charts',
  istioCrds: 'crds/istio',
  helm: 'bin/helm',
  cniPlugins: 'cni/bin',
  keadm: 'keadm',
  edgecore: 'edgecore',
  runc: 'runc',
} as const

/** What an operator runs: shell scripts that start the installer. */
export const LAUNCHERS: readonly string[] = [
  PATHS.launcher,
  PATHS.install,
  PATHS.installKubeEdgeOnly,
  PATHS.cleanup,
]

/** Files that the manifest cannot list: itself, the sums over it, and the signature over those. */
export const UNLISTED: ReadonlySet<string> = new Set([PATHS.manifest, PATHS.sums, PATHS.signature])

/** The K3s binary's path in the cloud archive, as in the guide. */
export function k3sPath(arch: string): string {
  return `k3s-${arch}`
}

/**
 * The file name of an image, as in the guide: `docker.io-kubeedge-edgemesh-agent-v1.17.0.tar`, and without
 * `docker.io/library/` for official images (`eclipse-mosquitto-1.6.15.tar`).
 * @param reference canonical: registry, repository and tag
 */
export function imageFileName(reference: string): string {
  return `${reference.replace(/^docker\.io\/library\//, '').replace(/[/:@]/g, '-')}.tar`
}

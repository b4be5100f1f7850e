import { VERSIONS } from './versions.ts'

const MESH = `https://raw.githubusercontent.com/kubeedge/edgemesh/v${VERSIONS.edgemesh}/build`
const mesh = (file: string): string => `edgemesh-v${VERSIONS.edgemesh}/${file}`

/** One file of upstream's charts and CRDs. */
export interface UpstreamChartFile {
  /** Its place in the folder `upstream` of `EDGELIFT_SHARED`. */
  readonly file: string
  /** The release's own address of it. */
  readonly url: string
  /** Of the file; of a chart in a source tarball, which a forge packs differently every year, packed by `packChart`. */
  readonly digest: string
}

/** The forge's tarball of KubeEdge's source, or as much of it as holds the chart. */
export const CLOUDCORE: UpstreamChartFile = {
  file: `kubeedge-v${VERSIONS.kubeedge}/source-charts-cloudcore.tar.gz`,
  url: `https://github.com/kubeedge/kubeedge/archive/refs/tags/v${VERSIONS.kubeedge}.tar.gz`,
  digest: 'sha256:a1d59aeb405a13f0b3e681bc3dd13e5fb819ec028d5b44cea14e4939d3814693',
}
export const CLOUDCORE_FOLDER = `kubeedge-${VERSIONS.kubeedge}/manifests/charts/cloudcore`

export const EDGEMESH: UpstreamChartFile = {
  file: mesh('edgemesh.tgz'),
  url: `${MESH}/helm/edgemesh.tgz`,
  digest: 'sha256:49614b252d76a083030799c67ba44c26af528a84aebbb523c277d19e34b6f3a4',
}

export const GATEWAY: UpstreamChartFile = {
  file: mesh('edgemesh-gateway.tgz'),
  url: `${MESH}/helm/edgemesh-gateway.tgz`,
  digest: 'sha256:59e62bcf77922f561df00198aee445d7c3301d50a60805a50d981920f2937068',
}

/** By upstream's file name. */
export const CRDS: Readonly<Record<string, UpstreamChartFile>> = {
  'crd-destinationrule.yaml': crd(
    'crd-destinationrule.yaml',
    'sha256:468ec2b7cc1d5a8db67c2fa4a674f310436236a6b94aa7d9658128c4c0fe197c',
  ),
  'crd-gateway.yaml': crd(
    'crd-gateway.yaml',
    'sha256:390beddcf0f5f1cefeba039f062d2b1237269f0ed8919e51a114c7796e5d895b',
  ),
  'crd-virtualservice.yaml': crd(
    'crd-virtualservice.yaml',
    'sha256:7112f3df4339d3b45bb0328fe6718b343084e24b12eb32396a7df2d3bf3f45e3',
  ),
}

function crd(name: string, digest: string): UpstreamChartFile {
  return { file: mesh(`crds/${name}`), url: `${MESH}/crds/istio/${name}`, digest }
}

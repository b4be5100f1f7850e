import path from 'node:path'
import { type Archives, releaseArchives } from '../support/archives.ts'
import { recordSeen } from '../support/disturbing.ts'
import { airGappedPair } from '../support/nodes/index.ts'
import type { Pair, TestNode } from '../support/nodes/types.ts'
import { PLACEHOLDERS, takeJoinFile } from '../support/unpacked.ts'
import { compare, type Row } from './measure.ts'

const MINUTES = 60_000

/**
 * What an installation takes on nodes of this machine, against the same by hand. They have real Kubernetes programs, and
 * doubles of KubeEdge's and EdgeMesh's, which start no faster than those of upstream.
 */
export async function installingRows(): Promise<Row[]> {
  const archives = await releaseArchives()
  await using pair = await airGappedPair()
  const cloud = await carry(pair.cloud, archives.cloud)
  const edge = await carry(pair.edge, archives.edge)
  const whole = await wholeRow(pair.cloud, cloud)
  await on(pair.cloud, `${cloud.unpack} && cd ${cloud.directory} && ${INSTALL}`)
  await on(pair.edge, edge.unpack)
  await takeJoinFile(pair, { cloud: cloud.directory, edge: edge.directory })
  return [await laidDownRow(pair, edge), whole]
}

const INSTALL = './install.sh --yes --node-ip 10.77.0.1'

interface Carried {
  readonly directory: string
  /** The command line that unpacks the archive anew. */
  readonly unpack: string
}

async function carry(node: TestNode, archive: Archives['cloud']): Promise<Carried> {
  const name = path.basename(archive)
  await node.copyIn(archive, `/data/${name}`)
  const directory = `/data/${name.replace(/\.tar\.gz$/, '')}`
  return { directory, unpack: `rm -rf ${directory} && tar xzf /data/${name} -C /data` }
}

async function on(node: TestNode, line: string): Promise<void> {
  await node.exec(line, { env: PLACEHOLDERS, timeout: 15 * MINUTES })
}

/** An edge, from the archive to files and images that are there: what comes before the join. */
async function laidDownRow({ edge: node }: Pair, { directory, unpack }: Carried): Promise<Row> {
  const join = await node.readFile(`${directory}/edge-join.yaml`)
  await node.writeFile('/root/edge-join.yaml', join, 0o600)
  const install = `${unpack} && cd ${directory} && exec ./install.sh --yes --config /root/edge-join.yaml`
  await on(node, `cd ${directory} && rm edge-join.yaml`)
  return await compare({
    id: 'P8',
    what: 'an edge, until it joins / tar x, cp, containerd, ctr images import',
    goal: 1.1,
    ours: async () => {
      const running = node.spawn(['sh', '-c', install], { env: PLACEHOLDERS })
      await recordSeen({ node, running }, 'join begin')
      await running.kill('SIGKILL')
    },
    peer: () => on(node, layDownByHand(directory, unpack)),
    undo: {
      ours: () => on(node, `cd ${directory} && ./cleanup.sh --yes --purge`),
      peer: () => on(node, CLEAR_BY_HAND),
    },
  })
}

const layDownByHand = (directory: string, unpack: string): string => `${unpack} && cd ${directory} &&
  mkdir -p /opt/cni/bin && cp bin/* edgecore keadm runc /usr/local/bin/ && cp cni/bin/* /opt/cni/bin/ &&
  systemd-run --quiet --unit by-hand /usr/local/bin/containerd &&
  until ctr version >/dev/null 2>&1; do sleep 0.1; done &&
  for image in images/*.tar; do ctr -n k8s.io images import "$image" >/dev/null || exit 1; done && sync -f /var/lib/containerd`

const CLEAR_BY_HAND = `systemctl stop by-hand
  rm -rf /var/lib/containerd /run/containerd /etc/cni /opt/cni /usr/local/bin/*`

/** A cloud, from the unpacked archive until edges can join, against its services alone, started with the same settings. */
async function wholeRow(node: TestNode, { directory, unpack }: Carried): Promise<Row> {
  await on(node, `${unpack} && cd ${directory} && ${INSTALL}`)
  await on(node, KEEP_SETTINGS)
  await on(node, `cd ${directory} && ./cleanup.sh --yes`)
  return await compare({
    id: 'P8-whole',
    what: './install.sh of a cloud / K3s, CloudCore and EdgeMesh by hand, until edges can join',
    goal: 1.25,
    ours: () => on(node, `cd ${directory} && ${INSTALL}`),
    peer: () => on(node, installByHand(directory)),
    undo: {
      ours: () => on(node, `cd ${directory} && ./cleanup.sh --yes`),
      peer: () => on(node, REMOVE_BY_HAND),
    },
  })
}

/** What an operator would have to find out first: K3s' settings and unit, and the values of both charts. */
const KEEP_SETTINGS = `mkdir -p /root/kept && cd /root/kept && export KUBECONFIG=/etc/rancher/k3s/k3s.yaml &&
  cp /etc/rancher/k3s/config.yaml /etc/rancher/k3s/resolv.conf /etc/systemd/system/k3s.service /usr/local/bin/k3s-killall.sh . &&
  for chart in cloudcore edgemesh; do helm get values "$chart" -n kubeedge -o yaml >"$chart.yaml" || exit 1; done`

const installByHand = (directory: string): string => `cd ${directory} &&
  mkdir -p /etc/rancher/k3s /var/lib/rancher/k3s/agent/images &&
  cp k3s-amd64 /usr/local/bin/k3s && cp /root/kept/config.yaml /root/kept/resolv.conf /etc/rancher/k3s/ &&
  cp images/*.tar /var/lib/rancher/k3s/agent/images/ && cp /root/kept/k3s.service /etc/systemd/system/ &&
  systemctl daemon-reload && systemctl start k3s && export KUBECONFIG=/etc/rancher/k3s/k3s.yaml &&
  until k3s kubectl wait --for=condition=Ready node --all --timeout=300s >/dev/null 2>&1; do sleep 0.2; done &&
  k3s kubectl apply --server-side -f crds/istio/ >/dev/null &&
  for chart in cloudcore edgemesh; do
    bin/helm install "$chart" "helm-charts/$chart.tgz" -n kubeedge --create-namespace --skip-crds --wait \
      -f "/root/kept/$chart.yaml" >/dev/null || exit 1
  done &&
  until k3s kubectl -n kubeedge get secret tokensecret >/dev/null 2>&1; do sleep 0.2; done`

const REMOVE_BY_HAND = `sh /root/kept/k3s-killall.sh
  rm -rf /var/lib/rancher /etc/rancher /var/lib/kubelet /var/lib/cni /run/k3s /usr/local/bin/k3s /etc/systemd/system/k3s.service
  systemctl daemon-reload`

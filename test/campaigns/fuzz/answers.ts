/** What the programs of a node print when all is well, by the beginning or a part of their command line. */
export const ANSWERS: readonly (readonly [line: RegExp, ...printed: readonly string[]])[] = [
  [/^uname -m/, 'x86_64\n', 'aarch64\n'],
  [/^uname -r/, '6.1.0-40-amd64\n'],
  [/^uname -n/, 'edge-1\n', 'Cloud.Example\n'],
  [/^id -u/, '0\n'],
  [/^iptables --version/, 'iptables v1.8.9 (nf_tables)\n', 'iptables v1.6.1\n'],
  [/^iptables -S/, '-P INPUT DROP\n-A INPUT -i lo -j ACCEPT\n'],
  [/^ufw/, 'Status: active\n', 'Status: inactive\n'],
  [
    /^nft/,
    'table inet filter {\n\tchain input {\n\t\ttype filter hook input priority filter; policy drop;\n\t}\n}\n',
  ],
  [
    /^ip -o addr/,
    '1: lo    inet 127.0.0.1/8 scope host lo\\       valid_lft forever preferred_lft forever\n2: eth0    inet 10.77.0.1/24 brd 10.77.0.255 scope global eth0\\       valid_lft forever preferred_lft forever\n2: eth0    inet6 fe80::1/64 scope link \\       valid_lft forever preferred_lft forever\n',
  ],
  [/^ip .*route get/, '10.77.0.1 dev eth0 src 10.77.0.2 uid 0 \\    cache\n'],
  [/^ip .*route/, 'default via 10.77.0.254 dev eth0 proto static src 10.77.0.1\n', ''],
  [
    /^ip .*link/,
    '1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN mode DEFAULT group default qlen 1000\\    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00\n2: eth0@if3: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue state UP mode DEFAULT group default qlen 1000\\    link/ether 02:00:00:00:00:01 brd ff:ff:ff:ff:ff:ff link-netnsid 0 promiscuity 0 \\    veth addrgenmode eui64\n',
  ],
  [
    /^ss /,
    'Netid State  Recv-Q Send-Q Local Address:Port Peer Address:Port Process\ntcp LISTEN 0 4096 0.0.0.0:10000 0.0.0.0:* users:(("cloudcore",pid=7,fd=3))\ntcp LISTEN 0 4096 [::1]:6443 [::]:* users:(("k3s-server",pid=8,fd=3))\nudp UNCONN 0 0 127.0.0.53%lo:53 0.0.0.0:*\n',
    'tcp ESTAB 0 0 10.77.0.2:40000 10.77.0.1:10000 users:(("edgecore",pid=9,fd=3))\n',
  ],
  [
    /^systemctl show/,
    'Id=k3s.service\nLoadState=loaded\nActiveState=active\nUnitFileState=enabled\nNRestarts=0\nActiveEnterTimestampMonotonic=1000000\nExecMainStartTimestamp=Fri 2026-11-27 10:00:00 UTC\n\nId=containerd.service\nLoadState=loaded\nActiveState=failed\nUnitFileState=disabled\nNRestarts=5\nResult=exit-code\n',
    '{ path=/usr/bin/containerd ; argv[]=/usr/bin/containerd -c /etc/containerd/config.toml ; ignore_errors=no }\n',
    '1000000\n',
  ],
  [/^systemctl/, 'active\n', 'enabled\n'],
  [
    /^journalctl/,
    'Nov 27 10:00:00 edge-1 edgecore[9]: E1127 10:00:00.000000       9 run.go:72] command failed err="x"\nNov 27 10:00:01 edge-1 systemd[1]: edgecore.service: Failed with result \'exit-code\'.\n',
  ],
  [/^getent/, '10.77.0.1       STREAM cloud\n'],
  [
    /containerd.* --version/,
    'containerd containerd.io v2.1.5 fcd43222\n',
    'containerd github.com/containerd/containerd 1.6.20~ds1 1.6.20\n',
  ],
  [/^readlink/, '/usr/bin/containerd\n'],
  [
    /config dump/,
    'version = 3\n[plugins."io.containerd.cri.v1.images".pinned_images]\n  sandbox = "rancher/mirrored-pause:3.6"\n[plugins."io.containerd.cri.v1.runtime".containerd]\n  default_runtime_name = "runc"\n[grpc]\n  address = "/run/containerd/containerd.sock"\n',
    'version = 2\n[plugins."io.containerd.grpc.v1.cri"]\n  sandbox_image = "registry.k8s.io/pause:3.6"\n  [plugins."io.containerd.grpc.v1.cri".cni]\n    bin_dir = "/opt/cni/bin"\n',
  ],
  [/ctr.* version/, 'Client:\n  Version:  v2.1.5\n\nServer:\n  Version:  v2.1.5\n  Revision: x\n'],
  [
    /ctr.* images (ls|list|check)/,
    `REF TYPE DIGEST SIZE PLATFORMS LABELS\ndocker.io/a:1 application/vnd.oci.image.manifest.v1+json sha256:${'ab'.repeat(32)} 1.0 MiB linux/amd64 io.cri-containerd.image=managed,io.cri-containerd.pinned=pinned\n`,
    `REF TYPE DIGEST STATUS SIZE UNPACKED\ndocker.io/a:1 application/vnd.oci.image.index.v1+json sha256:${'ab'.repeat(32)} complete (2/2) 1.0 MiB/1.0 MiB true\n`,
  ],
  [/ctr.* containers ls -q/, 'abc\ndef\n'],
  [/ctr.* containers/, 'CONTAINER    IMAGE    RUNTIME\nabc    docker.io/a:1    io.containerd.runc.v2\n'],
  [/ctr.* content get/, `{"manifests":[{"digest":"sha256:${'ab'.repeat(32)}"}]}`],
  [/ctr/, 'NAME LABELS\nk8s.io \n'],
  [/k3s --version/, 'k3s version v1.34.2+k3s1 (b4f0a8b5)\ngo version go1.24.9\n'],
  [
    /get nodes? /,
    JSON.stringify({
      items: [
        {
          metadata: { name: 'cloud', labels: { 'kubernetes.io/hostname': 'cloud' }, annotations: {} },
          spec: { taints: [{ key: 'a', effect: 'NoSchedule' }] },
          status: {
            addresses: [{ type: 'InternalIP', address: '10.77.0.1' }],
            conditions: [{ type: 'Ready', status: 'True', lastHeartbeatTime: '2026-11-27T10:00:00Z' }],
            nodeInfo: {
              containerRuntimeVersion: 'containerd://2.1.5-k3s1',
              kubeletVersion: 'v1.34.2+k3s1',
              machineID: 'a',
            },
            images: [{ names: ['docker.io/a:1'] }],
          },
        },
        {
          metadata: { name: 'edge-1', labels: { 'node-role.kubernetes.io/edge': '' } },
          status: {
            nodeInfo: { kubeletVersion: 'v1.31.12-kubeedge-v1.22.0', machineID: 'a' },
            conditions: null,
          },
        },
      ],
    }),
  ],
  [
    /get pods?/,
    JSON.stringify({
      items: [
        {
          metadata: {
            name: 'cloudcore-1',
            namespace: 'kubeedge',
            labels: { kubeedge: 'cloudcore' },
            creationTimestamp: '2026-11-27T10:00:00Z',
          },
          spec: {
            nodeName: 'cloud',
            containers: [{ name: 'cloudcore', image: 'kubeedge/cloudcore:v1.22.0' }],
            affinity: null,
          },
          status: {
            phase: 'Running',
            conditions: [{ type: 'Ready', status: 'True' }],
            containerStatuses: [
              {
                name: 'cloudcore',
                image: 'x',
                ready: true,
                restartCount: 0,
                state: { running: { startedAt: '2026-11-27T10:00:00Z' } },
              },
              {
                name: 'b',
                ready: false,
                restartCount: 7,
                state: { waiting: { reason: 'ImagePullBackOff', message: 'x' } },
              },
            ],
          },
        },
      ],
    }),
  ],
  [
    /get (daemonsets?|deploy)/,
    JSON.stringify({
      items: [
        {
          kind: 'DaemonSet',
          metadata: { name: 'edgemesh-agent', namespace: 'kubeedge' },
          spec: {
            selector: { matchLabels: { a: 'b' } },
            template: { metadata: {}, spec: { containers: [] } },
          },
          status: { desiredNumberScheduled: 1, numberReady: 1 },
        },
      ],
    }),
  ],
  [/get --raw/, 'ok'],
  [/jsonpath/, 'x', ''],
  [/-o name/, 'crd/a\n', ''],
  [/kubectl.* -o json/, '{"items":[]}', 'null', ''],
  [
    /helm.* list/,
    '[{"name":"cloudcore","namespace":"kubeedge","revision":"1","status":"deployed","chart":"cloudcore-0.1.0"}]',
  ],
  [
    /helm.* history/,
    '[{"revision":1,"description":"installed by edgelift, others\' values kept: [[\\"a\\"]]"}]',
    '[]',
  ],
  [
    /helm.* metadata/,
    '{"status":"deployed","deployedAt":"2026-11-27T10:00:00Z","version":"0.1.0","appVersion":"1.22.0","labels":{"installed-by":"edgelift"}}',
  ],
  [/helm.* values/, '{"a":{"b":1}}', 'null'],
  [
    /helm.* manifest/,
    'kind: ConfigMap\napiVersion: v1\nmetadata:\n  name: cloudcore\n  namespace: kubeedge\ndata: {a: b}\n',
  ],
]

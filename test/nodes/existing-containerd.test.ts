import { beforeAll, describe, expect, it } from 'vitest'
import { parts } from '../support/kubernetes/index.ts'
import { unexpected } from '../support/kubernetes/unexpected.ts'
import { installDebianContainerd } from '../support/nodes/debian-containerd.ts'
import { GATEWAY, NEXT_GATEWAY, otherRelease } from '../support/other-release.ts'
import { inDirectory } from '../support/unpacked.ts'
import { succeeds, unpackedPair } from '../support/unpacked-pair.ts'

const CONFIG = '/etc/containerd/config.toml'
const PAUSE = 'docker.io/rancher/mirrored-pause:3.6'
const BUSYBOX = 'docker.io/rancher/mirrored-library-busybox:1.36.1'

const pair = unpackedPair()
const { onCloud, onEdge } = pair

beforeAll(async () => {
  await succeeds(onCloud, './install.sh --yes --node-ip 10.77.0.1')
})

const shell = async (line: string) => (await pair.edge.exec(line)).stdout
const install = (more = '') =>
  onEdge(`./install.sh --yes --config edge-join.yaml --containerd existing ${more}`)

/** Lines of the operator's file that are not in the changed one, and the new ones. */
function changes(before: string, after: string): { gone: string[]; added: string[] } {
  const lines = (text: string) => text.split('\n').filter((line) => line.trim() !== '')
  return {
    gone: lines(before).filter((line) => !lines(after).includes(line)),
    added: lines(after).filter((line) => !lines(before).includes(line)),
  }
}

/** The places of CNI. */
const LIST = 'find /usr/lib/cni /etc/cni /opt/cni | sort || true'
const stateOfConfig = () => shell(`sha256sum ${CONFIG}; stat -c '%a %U' ${CONFIG}`)
/** Names of images, and the digests that they stand for. */
const contents = () => shell(`ctr -n k8s.io images ls | awk '{ print $1, $3 }' | sort`)
const pinned = async () =>
  (await shell('ctr -n k8s.io images ls | grep pinned=pinned || true'))
    .split('\n')
    .map((line) => line.split(' ')[0])

it('refuses a machine that has no containerd of its own', async () => {
  await pair.takeJoinFile()
  const { code, stderr } = await install()
  expect([code, stderr]).toEqual([3, expect.stringContaining('CONTAINERD_MISSING')])
})

describe("Debian's containerd 1.6, which somebody else uses too", () => {
  let before = ''
  let text = ''
  let network = ''
  let names = ''
  const theirs = async () => Number(await shell(`ctr -n k8s.io tasks ls | awk '$1 == "theirs" { print $2 }'`))

  beforeAll(async () => {
    await installDebianContainerd(pair.edge)
    await shell(
      `sed -i '1i # kept by the operator' ${CONFIG} && chmod 640 ${CONFIG} && systemctl restart containerd`,
    )
    await shell(`ctr -n k8s.io images import ${pair.directories.edge}/images/*busybox*.tar`)
    // A name of the archive's, with other content.
    await shell(`ctr -n k8s.io images tag ${BUSYBOX} ${GATEWAY}`)
    await shell(`ctr -n k8s.io run -d --net-host ${BUSYBOX} theirs sleep 100000`)
    before = await stateOfConfig()
    network = await shell(LIST)
    names = await contents()
    text = await pair.edge.readFile(CONFIG)
  })

  it('says what it will change, and joins with it', async () => {
    const dry = await onEdge('./install.sh --dry-run --config edge-join.yaml --containerd existing --json')
    expect(dry.code, dry.stdout + dry.stderr).toBe(0)
    expect(JSON.parse(dry.stdout).findings).toContainEqual(
      expect.objectContaining({ code: 'CONTAINERD_CONFIG_CHANGES', severity: 'note' }),
    )
    expect(await stateOfConfig()).toBe(before)
    const pid = await theirs()
    const { code, stdout, stderr } = await install()
    expect(code, stdout + stderr + (await pair.edge.journal('edgecore')).slice(-3000)).toBe(0)
    expect(await theirs()).toBe(pid)
  })

  it("changed only what has to be, kept the file's mode, and runs on it", async () => {
    expect(changes(text, await pair.edge.readFile(CONFIG))).toEqual({
      gone: [],
      added: [
        `    sandbox_image = "${PAUSE}"`,
        '[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]',
        '  runtime_type = "io.containerd.runc.v2"',
        '[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]',
        '  SystemdCgroup = true',
      ],
    })
    expect(await shell(`stat -c %a ${CONFIG}`)).toBe('640\n')
    expect(await shell(LIST)).toMatch(/10-containerd-net.conflist[\s\S]*loopback/)
    expect(await shell('cat /etc/kubeedge/config/edgecore.yaml')).toMatch(/imageGCHighThresholdPercent: 100/)
    expect(await pinned()).toContain(BUSYBOX)
    const theirGateway = names.split('\n').find((line) => line.startsWith(GATEWAY))
    expect((await contents()).split('\n')).not.toContain(theirGateway)
    const verified = await onEdge('./edgelift verify')
    expect(verified.code, verified.stdout + verified.stderr).toBe(0)
  })

  it('changes nothing when it is run again', async () => {
    const started = await shell('systemctl show -p MainPID containerd edgecore')
    const { code, stdout, stderr } = await install('--json')
    expect(code, stdout + stderr).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({ changed: false, applied: [] })
    expect(await shell('systemctl show -p MainPID containerd edgecore')).toBe(started)
  })

  it('refuses to be made a bundled one', async () => {
    const { code, stderr } = await onEdge('./install.sh --yes --config edge-join.yaml --containerd bundled')
    expect([code, stderr]).toEqual([3, expect.stringContaining('ANSWER_CHANGED')])
  })

  it('gives back the very bytes, and leaves image and container of the other', async () => {
    const pid = await theirs()
    const { code, stdout, stderr } = await onEdge('./cleanup.sh --yes')
    expect(code, stdout + stderr).toBe(0)
    expect(await stateOfConfig()).toBe(before)
    expect([await theirs(), await shell('systemctl is-active containerd')]).toEqual([pid, 'active\n'])
    expect(await contents()).toBe(names)
    expect(await pinned()).toEqual([''])
    expect(await shell('ctr -n k8s.io containers ls -q')).toBe('theirs\n')
    expect(await shell(LIST)).toBe(network)
  })
})

describe('a containerd 2.1.5 laid down by hand, with CRI disabled and a network of its own', () => {
  const OWN = `# by hand
version = 3
disabled_plugins = ["io.containerd.grpc.v1.cri"]

[plugins."io.containerd.cri.v1.images".registry]
  config_path = "/etc/containerd/certs.d" # mirrors of the plant
`
  const NET = '/etc/cni/net.d/05-plant.conflist'
  const CONFLIST = JSON.stringify({
    cniVersion: '1.0.0',
    name: 'plant',
    plugins: [
      {
        type: 'bridge',
        bridge: 'plant0',
        isGateway: true,
        ipMasq: true,
        ipam: { type: 'host-local', ranges: [[{ subnet: '10.99.0.0/16' }]], routes: [{ dst: '0.0.0.0/0' }] },
      },
    ],
  })

  beforeAll(async () => {
    await shell('ctr -n k8s.io tasks kill -s 9 theirs; systemctl disable --now containerd; sleep 1')
    await shell(
      'rm -rf /usr/bin/containerd* /usr/bin/ctr /usr/sbin/runc /lib/systemd/system/containerd.service /var/lib/containerd',
    )
    const programs = await parts([
      'containerd',
      'containerd-shim-runc-v2',
      'ctr',
      'runc',
      'bridge',
      'host-local',
      'loopback',
    ])
    for (const [name, program] of Object.entries(programs)) {
      const folder = /^(bridge|host-local|loopback)$/.test(name) ? '/opt/cni/bin' : '/usr/local/bin'
      await pair.edge.copyIn(program, `${folder}/${name}`)
    }
    await shell('chmod 755 /usr/local/bin/* /opt/cni/bin/*')
    await pair.edge.writeFile(CONFIG, OWN)
    await pair.edge.writeFile(NET, CONFLIST)
    await pair.edge.writeFile(
      '/etc/systemd/system/containerd.service',
      '[Service]\nType=notify\nExecStart=/usr/local/bin/containerd\nDelegate=yes\nKillMode=process\n[Install]\nWantedBy=multi-user.target\n',
    )
    await shell('systemctl daemon-reload && systemctl enable --now containerd')
    await pair.takeJoinFile()
  })

  it('needs its runc', async () => {
    await shell('mv /usr/local/bin/runc /root/runc')
    const { code, stderr } = await install()
    expect([code, stderr]).toEqual([3, expect.stringContaining('RUNC_MISSING')])
    await shell('mv /root/runc /usr/local/bin/runc')
  })

  it('joins, with its own network kept and its settings beside the new ones', async () => {
    const { code, stdout, stderr } = await install()
    expect(code, stdout + stderr + (await pair.edge.journal('edgecore')).slice(-3000)).toBe(0)
    expect(changes(OWN, await pair.edge.readFile(CONFIG))).toEqual({
      gone: ['disabled_plugins = ["io.containerd.grpc.v1.cri"]'],
      added: [
        'disabled_plugins = []',
        '[plugins."io.containerd.cri.v1.images".pinned_images]',
        `  sandbox = "${PAUSE}"`,
        '[plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc]',
        '  runtime_type = "io.containerd.runc.v2"',
        '[plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc.options]',
        '  SystemdCgroup = true',
      ],
    })
    expect(await shell('ls /etc/cni/net.d')).toBe('05-plant.conflist\n')
    const verified = await onEdge('./edgelift verify')
    expect(verified.code, verified.stdout + verified.stderr).toBe(0)
  })

  it('an upgrade and a rollback take away only what the other release brought', async () => {
    const theirs = 'docker.io/theirs/app:1'
    await shell(`ctr -n k8s.io images tag ${BUSYBOX} ${theirs}`)
    const next = await otherRelease(pair.edge, pair.directories.edge)
    const config = await pair.edge.readFile(CONFIG)
    for (const [line, there, gone] of [
      ['./install.sh --yes --keep-previous', [GATEWAY, NEXT_GATEWAY, theirs], undefined],
      ['./edgelift rollback --yes', [GATEWAY, theirs], NEXT_GATEWAY],
      ['./install.sh --yes', [NEXT_GATEWAY, theirs], GATEWAY],
    ] as const) {
      const { code, stdout, stderr } = await inDirectory(pair.edge, next, line)
      expect(code, stdout + stderr).toBe(0)
      const names = (await shell('ctr -n k8s.io images ls -q')).split('\n')
      expect(names).toEqual(expect.arrayContaining([...there]))
      expect(names).not.toContain(gone)
      expect(await pair.edge.readFile(CONFIG)).toBe(config)
    }
    await shell(`ctr -n k8s.io images rm ${theirs}`)
  })

  it('is as before after a cleanup', async () => {
    const { code, stdout, stderr } = await onEdge('./cleanup.sh --yes')
    expect(code, stdout + stderr).toBe(0)
    expect(await pair.edge.readFile(CONFIG)).toBe(OWN)
    expect(await pair.edge.readFile(NET)).toBe(CONFLIST)
    expect(await shell('systemctl is-active containerd; ls /opt/cni/bin; ctr -n k8s.io images ls -q')).toBe(
      'active\nbridge\nhost-local\nloopback\n',
    )
  })
})

it('attempted nothing but the cloud', async () => {
  expect(unexpected(await pair.egress())).toEqual([])
})

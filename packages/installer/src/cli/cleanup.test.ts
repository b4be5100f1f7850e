import { mkdir } from 'node:fs/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { PSK_FILE } from '../kubeedge/psk.ts'
import { COPIES } from '../state/copies.ts'
import { receiptFor } from '../state/host-changes.ts'
import { RECEIPT } from '../state/receipt.ts'
import { type CommandTrial, commandTrial } from '../testing/command.ts'
import { BASELINE, HEAD } from '../testing/trial.ts'
import { cleanup } from './cleanup.ts'

/** A step that wrote a new file into a new folder, one over the operator's own, and one that is gone by now. */
const RECEIPT_OF_FILES = receiptFor(
  HEAD,
  {
    baseline: BASELINE,
    completed: '2026-11-01T00:00:00.000Z',
    steps: [
      {
        stepId: 'containerd',
        title: { en: 'start containerd', zh: '启动 containerd' },
        changes: [
          { kind: 'folder', path: '/etc/made' },
          { kind: 'file', path: '/etc/made/new' },
          { kind: 'file', path: '/etc/old', backup: '/var/lib/edgelift/backup/etc/old' },
          { kind: 'file', path: '/etc/gone' },
        ],
      },
    ],
  },
  BASELINE,
)

async function installed(): Promise<void> {
  await node.install(RECEIPT_OF_FILES)
  await node.put('/etc/made/new', 'ours')
  await node.put('/etc/old', 'ours')
  await node.put('/var/lib/edgelift/backup/etc/old', "the operator's")
}

let node: CommandTrial
beforeEach(async () => {
  node = await commandTrial()
})
afterEach(() => node[Symbol.asyncDispose]())

it('says in one sentence that nothing is installed', async () => {
  const said = await node.type(cleanup)
  expect(said.document).toEqual({ changed: false, undone: [] })
  expect(said.en).toBe('nothing to clean up: edgelift installed nothing on this machine')
  expect(said.zh).toBe('无需清理：本机没有 edgelift 的安装')
  expect(node.calls.filter((line) => /systemctl|rm |umount/.test(line))).toEqual([])
})

it('removes what a restore left that was cut off before its receipt, and a dry run leaves it', async () => {
  await node.put(`${COPIES}/1/record.json`, 'a key')
  const dry = await node.type(cleanup, { 'dry-run': true })
  expect(dry.document).toMatchObject({ changed: false })
  expect(await node.text(`${COPIES}/1/record.json`)).toBe('a key')
  const said = await node.type(cleanup)
  expect(said.document).toEqual({ changed: true, undone: [] })
  expect(said.en).toContain('removed the copies of an interrupted run')
  expect(await node.text(`${COPIES}/1/record.json`)).toBeUndefined()
})

it('lists in a dry run what would go and come back, and touches nothing', async () => {
  await installed()
  const said = await node.type(cleanup, { 'dry-run': true, purge: true })
  expect(said.document).toMatchObject({ changed: false, plan: [{ id: 'containerd' }] })
  expect(said.en.split('\n').slice(1)).toEqual([
    '  restore /etc/old',
    '  remove /etc/made/new',
    '  remove /var/lib/edgelift', // by --purge
    'Nothing was changed. Without --dry-run, this would be removed.',
  ])
  expect(said.zh).toContain('  恢复 /etc/old')
  expect((await node.type(cleanup, { 'dry-run': true })).en).not.toContain('/var/lib/edgelift')
  expect(await node.text('/etc/made/new')).toBe('ours')
  expect(await node.text(RECEIPT)).toBeDefined()
  expect(await node.text('/var/log/edgelift')).toBeUndefined()
})

it('takes everything back, tells where its log is, and what it leaves to the cloud', async () => {
  await installed()
  node.script('systemctl', '')
  const said = await node.type(cleanup)
  expect(said.document).toMatchObject({ changed: true, undone: ['containerd'], left: { nodeName: 'edge-1' } })
  expect(await node.text('/etc/made/new')).toBeUndefined()
  expect(await node.text('/etc/old')).toBe("the operator's")
  expect(await node.text(RECEIPT)).toBeUndefined()
  const [, cloud, log] = said.en.split('\n')
  expect(cloud).toContain('k3s kubectl delete node edge-1')
  expect(await node.text(String(log).replace('log: ', ''))).toContain('/etc/made/new')
  expect((await node.type(cleanup)).document).toEqual({ changed: false, undone: [] })
})

it('with --purge leaves no log either, and does not name one', async () => {
  await installed()
  const said = await node.type(cleanup, { purge: true })
  expect(said.en).not.toContain('log:')
  expect(said.zh).not.toContain('日志')
  expect(await node.text(RECEIPT)).toBeUndefined()
})

describe('--purge and volumes of applications', () => {
  const VOLUMES = '/var/lib/rancher/k3s/storage'
  const volume = `${VOLUMES}/pvc-1/data`
  const cloud = { ...HEAD, role: 'cloud' as const, settings: { role: 'cloud' }, node: { name: 'cloud' } }
  const purge = (args: object = {}) => node.type(cleanup, { purge: true, ...args }, 'cloud')
  beforeEach(async () => {
    node.script('systemctl', '')
    await node.put(volume, 'of an application')
  })

  it('removes those of the archive’s K3s, and a dry run names them', async () => {
    const tree = { kind: 'tree' as const, path: '/var/lib/rancher/k3s', keep: ['storage'] }
    const steps = [{ stepId: 'k3s', title: { en: 'K3s', zh: 'K3s' }, changes: [tree] }]
    await node.install(receiptFor(cloud, { baseline: BASELINE, steps, completed: 'x' }, BASELINE))
    await node.put('/var/lib/rancher/k3s/server/db/state.db')
    const dry = await purge({ 'dry-run': true })
    expect(dry.en.split('\n')).toContain(`  remove ${VOLUMES}`)
    expect(dry.zh.split('\n')).toContain(`  删除 ${VOLUMES}`)
    expect(await node.text(volume)).toBeDefined()
    await purge()
    expect(await node.text(volume)).toBeUndefined()
  })

  it('removes those that a cleanup without it has left, and says so', async () => {
    const said = await purge()
    expect(said.document).toEqual({ changed: true, undone: [], purged: [VOLUMES] })
    expect(said.en.split('\n')).toEqual([
      'nothing to clean up: edgelift installed nothing on this machine',
      `removed ${VOLUMES}`,
    ])
    expect(await node.text(volume)).toBeUndefined()
    expect((await purge()).document).toEqual({ changed: false, undone: [], purged: [] })
  })

  it('removes them from disks of the operator, too, which a cleanup has emptied', async () => {
    for (const folder of ['', '/agent', '/storage'])
      await mkdir(`${node.root}/var/lib/rancher/k3s${folder}/lost+found`, { recursive: true })
    expect((await purge()).document).toMatchObject({ purged: [VOLUMES] })
    expect(await node.text(volume)).toBeUndefined()
  })

  it.each([
    ['on which edgelift installed nothing', undefined],
    ['that KubeEdge alone was installed on', { kubeconfig: '/etc/rancher/k3s/k3s.yaml' }],
  ])('leaves those of an existing K3s alone, %s', async (_what, kubeEdgeOnly) => {
    await node.put('/var/lib/rancher/k3s/server/db/state.db', 'theirs')
    if (kubeEdgeOnly !== undefined) {
      const head = { ...cloud, kubeEdgeOnly }
      await node.install(receiptFor(head, { baseline: BASELINE, steps: [], completed: 'x' }, BASELINE))
    }
    const said = await purge()
    expect(await node.text(volume)).toBe('of an application')
    expect(await node.text('/var/lib/rancher/k3s/server/db/state.db')).toBe('theirs')
    expect(JSON.stringify(said)).not.toContain(VOLUMES)
    expect((await node.type(cleanup, {}, 'cloud')).en).not.toContain(VOLUMES)
  })
})

it('removes by --purge the PSK from its own directory and from that of the release that was installed', async () => {
  const directory = `${node.root}/data/first`
  await node.install({ ...RECEIPT_OF_FILES, directory })
  const files = [`/data/first/${PSK_FILE}`, `/data/kubeedge-edge-1.22.0-amd64/${PSK_FILE}`]
  for (const file of files) await node.put(file, 'a-key-that-is-long-enough')
  const dry = await node.type(cleanup, { 'dry-run': true, purge: true })
  for (const file of files) expect(dry.en).toContain(`remove ${node.root}${file}`)
  await node.type(cleanup)
  for (const file of files) expect(await node.text(file)).toBeDefined()
  await node.install({ ...RECEIPT_OF_FILES, directory })
  await node.type(cleanup, { purge: true })
  for (const file of files) expect(await node.text(file)).toBeUndefined()
})

it('leaves the other role alone, and names the archive that cleans it up', async () => {
  await installed()
  await expect(node.type(cleanup, {}, 'cloud')).rejects.toMatchObject({ code: 'ROLE_MISMATCH' })
  expect(await node.text('/etc/made/new')).toBe('ours')
})

it('goes by what it sees when the receipt is lost, and says what that means', async () => {
  await node.put('/etc/systemd/system/edgecore.service', '# edgelift\n[Service]\n')
  node.script('systemctl show -p LoadState', 'LoadState=not-found')
  node.script('systemctl is-active', { code: 4, stdout: 'inactive\n' })
  const said = await node.type(cleanup)
  expect(said.notes.join()).toContain('the receipt is missing')
  expect(await node.text('/etc/systemd/system/edgecore.service')).toBeUndefined()
})

describe('a cloud on an existing cluster that has lost its receipt', () => {
  const HELM = '/data/kubeedge-cloud-1.22.0-amd64/bin/helm'
  const CLOUDCORE = { name: 'cloudcore', namespace: 'kubeedge' }
  const list = (...releases: object[]) => node.script(`${HELM} list`, JSON.stringify(releases))
  const removed = () => node.calls.filter((line) => /^\S*helm uninstall|delete /.test(line))
  const kubectl = '/usr/bin/kubectl --kubeconfig /etc/kubernetes/admin.conf'
  beforeEach(async () => {
    await node.put('/etc/kubernetes/admin.conf')
    await node.put('/usr/bin/kubectl')
  })

  it('gives back what bears edgelift’s label, and says that the rest stays', async () => {
    await node.put('/etc/systemd/system/edgelift-mesh-refresh.service', '# edgelift\n')
    list(CLOUDCORE)
    const mine = { status: 'deployed', deployedAt: '', version: '1', labels: { 'installed-by': 'edgelift' } }
    node.script(`${HELM} get metadata cloudcore`, JSON.stringify(mine))
    node.script(`${HELM} get manifest cloudcore`, '')
    node.script(`${HELM} uninstall cloudcore`, '')
    node.script(kubectl, '')
    node.script(`${kubectl} get nodes`, '{"items":[]}')
    node.script('systemctl show -p LoadState', 'LoadState=not-found')
    node.script('systemctl is-active', { code: 4, stdout: 'inactive\n' })
    node.script('systemctl daemon-reload', '')
    const said = await node.type(cleanup, {}, 'cloud')
    expect(said.document).toMatchObject({ changed: true })
    expect(said.notes.join()).toContain('they stay')
    expect(removed().join('\n')).toContain('helm uninstall cloudcore')
    expect(removed().join('\n')).not.toMatch(/delete (namespace|crd)/)
    expect(await node.text('/etc/systemd/system/edgelift-mesh-refresh.service')).toBeUndefined()
  })

  it.each([
    ['installed', JSON.stringify([CLOUDCORE]), 'install-kubeedge-only.sh, which takes them over'],
    ['silent', { code: 1, stderr: 'Error: Kubernetes cluster unreachable' }, 'does not respond'],
  ])(
    'touches nothing of a cluster that is %s where nothing tells that it was this machine',
    async (_, helm, words) => {
      node.script(`${HELM} list`, helm)
      const said = await node.type(cleanup, {}, 'cloud')
      expect(said.document).toEqual({ changed: false, undone: [] })
      expect(said.notes.join()).toContain(words)
      expect(removed()).toEqual([])
    },
  )
})

import { beforeAll, expect, it } from 'vitest'
import { recordSeen } from '../support/disturbing.ts'
import { kubectl, waitFor } from '../support/kubernetes/index.ts'
import { passingServices } from '../support/kubernetes/passing-services.ts'
import { web } from '../support/kubernetes/web.ts'
import { PLACEHOLDERS } from '../support/unpacked.ts'
import { installedPair, stdoutOf, succeeds } from '../support/unpacked-pair.ts'

/** A cloud that is lost for good, and restored on a new machine from its backup: nobody visits the edge. */
const pair = installedPair()
const { onCloud, onEdge } = pair
let backup: Buffer
const PASSPHRASE = 'correct horse battery staple'
/** Somebody's own for K3s. */
const SETTINGS = '/etc/rancher/k3s/config.yaml.d/50-site.yaml'

beforeAll(async () => {
  for (const node of ['cloud', 'edge']) await kubectl(pair.cloud, ['apply', '-f', '-'], { input: web(node) })
})

const fetched = (from: string, to: string) => async () =>
  (await kubectl(
    pair.cloud,
    ['exec', `deployment/web-${from}`, '--', 'timeout', '5', 'wget', '-qO-', `http://web-${to}:12345`],
    { check: false, timeout: 20_000 },
  )) === `hello from ${to}\n`

async function servicesAnswer(): Promise<void> {
  const explain = () => kubectl(pair.cloud, ['get', 'pods', '-A', '-o', 'wide'])
  for (const [from, to] of [
    ['cloud', 'edge'],
    ['edge', 'edge'],
    ['edge', 'cloud'],
  ] as const)
    await waitFor(`${from} reaches ${to}`, fetched(from, to), { timeout: 180_000, explain })
}

it('writes a sealed backup of mode 0600 while everything runs, and no secret anywhere else', async () => {
  await servicesAnswer()
  const { stdout: pid } = await pair.cloud.exec('systemctl show -p MainPID --value k3s')
  await pair.cloud.writeFile('/root/passphrase', `${PASSPHRASE}\n`, 0o600)
  await pair.cloud.writeFile(SETTINGS, 'node-label: [site=here]\n')
  const line = './edgelift backup /root/cloud.backup --passphrase-file /root/passphrase --json'
  expect(JSON.parse(await stdoutOf(onCloud, line))).toMatchObject({
    file: '/root/cloud.backup',
    sealed: true,
  })
  expect((await pair.cloud.exec('systemctl show -p MainPID --value k3s')).stdout).toBe(pid)
  expect((await pair.cloud.exec('stat -c "%a %U" /root/cloud.backup')).stdout).toBe('600 root\n')
  expect((await pair.cloud.exec('ls /var/lib/edgelift; cat /var/log/edgelift/*')).stdout).not.toMatch(
    new RegExp(`backing-up|${PASSPHRASE}`),
  )
  const { stdout } = await pair.cloud.exec('base64 -w0 /root/cloud.backup')
  backup = Buffer.from(stdout, 'base64')
  expect(backup.includes(Buffer.from('BEGIN CERTIFICATE'))).toBe(false)
  // The edge's programs have seen more than the backup holds, and are to hear of what is new all the same.
  await passingServices(pair.cloud)
})

it('refuses to restore over an installation', async () => {
  const line = './install.sh --yes --restore /root/cloud.backup --passphrase-file /root/passphrase'
  const { code, stderr } = await onCloud(line)
  expect([code, stderr]).toEqual([3, expect.stringContaining('error[RESTORE_REFUSED]')])
})

it('refuses on a new machine what cannot be restored, with nothing changed', async () => {
  await pair.replace('cloud')
  await pair.cloud.writeFile('/root/cloud.backup', backup, 0o600)
  await pair.cloud.writeFile('/root/passphrase', `${PASSPHRASE}\n`, 0o600)
  await pair.cloud.writeFile('/root/wrong', 'another passphrase\n', 0o600)
  await pair.cloud.writeFile('/root/cut', backup.subarray(0, backup.length - 100), 0o600)
  const restore = (file: string, passphrase: string) =>
    onCloud(`./install.sh --yes --restore /root/${file} --passphrase-file /root/${passphrase}`)
  for (const [file, passphrase, exit, code] of [
    ['cloud.backup', 'wrong', 2, 'PASSPHRASE_WRONG'],
    ['cut', 'passphrase', 4, 'BACKUP_DAMAGED'],
    ['passphrase', 'passphrase', 2, 'NOT_A_BACKUP'],
    ['none', 'passphrase', 1, 'FILE_UNUSABLE'],
  ] as const) {
    const found = await restore(file, passphrase)
    expect([found.code, found.stderr]).toEqual([exit, expect.stringContaining(`error[${code}]`)])
  }
  expect((await pair.cloud.exec('ls /var/lib/edgelift /usr/local/bin', { check: false })).stdout).not.toMatch(
    /receipt|restore|k3s/,
  )
})

it('restores the cloud there, also when it is cut off: the edge comes back by itself, and its services answer', async () => {
  const line = './install.sh --yes --restore /root/cloud.backup --passphrase-file /root/passphrase'
  const running = pair.cloud.spawn(['sh', '-c', `cd '${pair.directories.cloud}' && exec ${line}`], {
    env: PLACEHOLDERS,
  })
  await recordSeen({ node: pair.cloud, running }, 'restore begin')
  await running.kill('SIGKILL')
  await running.done
  await pair.cloud.exec('rm /root/cloud.backup')
  await succeeds(onCloud, './install.sh --yes')
  const ready = ['get', 'node', 'edge', '-o', 'jsonpath={.status.conditions[?(@.type=="Ready")].status}']
  await waitFor('the edge is Ready', async () => (await kubectl(pair.cloud, ready)) === 'True', {
    timeout: 180_000,
  })
  await servicesAnswer()
  expect(await pair.cloud.readFile(SETTINGS)).toBe('node-label: [site=here]\n')
  expect((await pair.cloud.exec('ls /var/lib/edgelift')).stdout).not.toMatch(/restore|marks/)
  for (const run of [onCloud, onEdge]) await succeeds(run, './edgelift verify')
  expect(JSON.parse(await stdoutOf(onCloud, './install.sh --yes --json'))).toMatchObject({ changed: false })
})

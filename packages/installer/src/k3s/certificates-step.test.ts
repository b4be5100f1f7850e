import { utimes } from 'node:fs/promises'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { certificatePem } from '../testing/certificate.ts'
import { NEVER_LASTS, runsFor } from '../testing/process.ts'
import { apply, check, stoppedAt, type Trial, trial } from '../testing/trial.ts'
import { k3sAuthority, k3sCertificate } from './certificates.ts'
import { k3sCertificates } from './certificates-step.ts'
import { damagedFiles } from './damaged-files.ts'

const DAY = 86_400_000
const TLS = '/var/lib/rancher/k3s/server/tls'
const step = k3sCertificates({ days: 60, nodeName: 'cloud-1' })
const PASSWORDS = '/var/lib/rancher/k3s/server/cred/passwd'
const KUBECTL = '/usr/local/bin/k3s kubectl --kubeconfig /etc/rancher/k3s/k3s.yaml'

let on: Trial
const put = (file: string, days: number) =>
  on.put(file, certificatePem(new Date(Date.now() - DAY), new Date(Date.now() + days * DAY)))
beforeEach(async () => {
  on = await trial()
  await put(`${TLS}/serving-kube-apiserver.crt`, 365)
  await put(`${TLS}/server-ca.crt`, 20)
  on.script('systemctl is-active', 'active')
})
afterEach(() => on[Symbol.asyncDispose]())

it('counts the first leaf that ends, of the server and of the agent', async () => {
  await put('/var/lib/rancher/k3s/agent/client-kubelet.crt', 40)
  expect((await k3sCertificate(on.host))?.file).toBe('/var/lib/rancher/k3s/agent/client-kubelet.crt')
})

it('takes the authorities that K3s keeps by themselves, beside their chains, for no leaves', async () => {
  for (const name of ['client-ca.nochain.crt', 'server-ca.nochain.crt']) await put(`${TLS}/${name}`, 10)
  expect((await k3sCertificate(on.host))?.file).toBe(`${TLS}/serving-kube-apiserver.crt`)
  expect((await k3sAuthority(on.host))?.file).toBe(`${TLS}/client-ca.nochain.crt`)
  // A restart of K3s would not renew them: each installation would wait for that in vain.
  expect(await check(await on.run(), step)).toBe(true)
})

describe('certificates that end within 60 days', () => {
  let looks: number
  beforeEach(async () => {
    looks = 0
    await put(`${TLS}/client-admin.crt`, 59)
    await runsFor(on, 'k3s.service', 100)
    on.script('systemctl daemon-reload', '')
    on.script('systemctl restart', async () => {
      await put(`${TLS}/client-admin.crt`, 365)
      return ''
    })
    on.script(`${KUBECTL} get --raw /readyz`, 'ok')
    on.script(`${KUBECTL} get node/cloud-1 -o`, () => {
      const reported = Date.now() - (++looks > 1 ? 0 : 110_000)
      return `True ${new Date(reported).toISOString()}`
    })
  })

  it('are not passed over while systemd does not say whether K3s runs', async () => {
    on.script('systemctl is-active k3s.service', { code: 1, stderr: 'Failed to connect to bus' })
    const run = await on.run()
    for (const act of [check, apply])
      await expect(act(run, step)).rejects.toMatchObject({
        what: { en: 'could not find out whether k3s.service runs' },
      })
    on.script('systemctl is-active k3s.service', { code: 3, stdout: 'inactive\n' })
    expect(await check(run, step)).toBe(true)
  })

  it('have K3s restarted, which is said, until its kubelet reports with new ones', async () => {
    const run = await on.run()
    expect(await check(run, step)).toBe(false)
    await apply(run, step)
    expect(await check(run, step)).toBe(true)
    expect(looks).toBe(2)
    expect(on.events[0]).toMatchObject({
      text: { en: expect.stringMatching(/K3s' certificates expire on .*client-admin\.crt/) },
    })
  })

  it('that have ended already are said to have', async () => {
    await put(`${TLS}/client-admin.crt`, -0.5)
    await apply(await on.run(), step)
    expect(on.events[0]).toMatchObject({
      text: { en: expect.stringContaining('expired on'), zh: expect.stringContaining('已于') },
    })
  })

  it('are due again when the run was cut off: nothing says that they were reported but they themselves', async () => {
    on.script('systemctl restart', '')
    const run = stoppedAt(await on.run(), 'k3s-certificates')
    await expect(apply(run, step)).rejects.toThrow()
    expect(await check(await on.run(), step)).toBe(false)
  })

  it('have it restarted until the API responds, where nothing names the node', async () => {
    await apply(await on.run(), k3sCertificates({ days: 60, nodeName: null }))
    expect(looks).toBe(0)
    expect(on.calls).toContain(`${KUBECTL} get --raw /readyz`)
  })

  it('are not reported by a K3s that exits again and again, though its API responds for a moment', async () => {
    let restarts = 0
    await runsFor(on, 'k3s.service', NEVER_LASTS)
    on.script('journalctl', 'level=fatal msg="no key for the certificate"\n')
    on.script(
      'systemctl show -p Id,NRestarts,ActiveState k3s.service',
      () => `Id=k3s.service\nNRestarts=${restarts++}\nActiveState=activating\n`,
    )
    await expect(apply(await on.run(), k3sCertificates({ days: 60, nodeName: null }))).rejects.toMatchObject({
      code: 'STEP_FAILED',
      because: { en: expect.stringContaining('no key for the certificate') },
    })
  })
})

it('leaves certificates alone that last longer', async () => {
  expect(await check(await on.run(), step)).toBe(true)
  await put(`${TLS}/client-admin.crt`, 61)
  expect(await check(await on.run(), step)).toBe(true)
})

it('leaves a K3s that does not run: its start renews them', async () => {
  await put(`${TLS}/client-admin.crt`, -5)
  on.script('systemctl is-active', { code: 3, stdout: 'inactive' })
  expect(await check(await on.run(), step)).toBe(true)
})

describe('files that a power loss has left empty or cut off', () => {
  const CUT = [`${TLS}/serving-kube-apiserver.crt`, `${TLS}/service.key`]
  async function cutOff(age: number) {
    const time = Date.now() / 1000 - age
    for (const file of CUT) {
      await on.put(file, file.endsWith('.key') ? '-----BEGIN EC PRIVATE KEY-----\nMHc' : '')
      await utimes(path.join(on.root, file), time, time)
    }
  }

  it('are moved away before K3s starts, which writes them again', async () => {
    await cutOff(60)
    on.script('systemctl is-active', { code: 3, stdout: 'activating' })
    const run = await on.run()
    expect(await damagedFiles(on.host)).toEqual([CUT[1], CUT[0]].toSorted())
    expect(await check(run, step)).toBe(false)
    await apply(run, step)
    for (const file of CUT) expect(await on.text(file)).toBeUndefined()
    expect(on.calls.filter((line) => line.includes('restart'))).toEqual([])
    expect(on.events).toHaveLength(2)
    expect(await check(run, step)).toBe(true)
  })

  it('take the certificate along with which K3s writes a kubeconfig', async () => {
    const [file, certificate] = [
      '/var/lib/rancher/k3s/server/cred/controller.kubeconfig',
      `${TLS}/client-controller.crt`,
    ]
    await put(certificate, 365)
    await on.put(file)
    await utimes(path.join(on.root, file), 0, 0)
    on.script('systemctl is-active', { code: 3, stdout: 'activating' })
    const run = await on.run()
    expect(await damagedFiles(on.host)).toEqual([file])
    await apply(run, step)
    expect([await on.text(file), await on.text(certificate)]).toEqual([undefined, undefined])
    await on.put(file, 'apiVersion: v1\nkind: Config\nusers: []\n')
    await utimes(path.join(on.root, file), 0, 0)
    expect(await damagedFiles(on.host)).toEqual([])
  })

  const SECRETS = ['/etc/rancher/node/password', '/var/lib/rancher/k3s/server/token', PASSWORDS]
  const LOST = { empty: '', blank: '\n', 'of zeros': '\0'.repeat(33) }
  it.each(SECRETS.flatMap((file) => Object.entries(LOST).map(([what, text]) => [file, what, text] as const)))(
    'are secrets, too: %s, when it is %s',
    async (file, _what, text) => {
      await on.put(file, text, 0o600)
      await utimes(path.join(on.root, file), 0, 0)
      on.script('systemctl is-active', { code: 3, stdout: 'activating' })
      const run = await on.run()
      expect(await check(run, step)).toBe(false)
      await apply(run, step)
      expect(await on.text(file)).toBeUndefined()
      await on.put(file, '0123456789abcdef0123456789abcdef\n', 0o600)
      await utimes(path.join(on.root, file), 0, 0)
      expect(await damagedFiles(on.host)).toEqual([])
    },
  )

  describe('a second ago', () => {
    beforeEach(() => cutOff(1))

    it('are no such files while K3s may be writing them', async () => {
      await runsFor(on, 'k3s.service', 10)
      expect(await damagedFiles(on.host)).toEqual([])
      expect(await check(await on.run(), step)).toBe(true)
    })

    it.each([
      ['does not run', () => on.script('systemctl show -p MainPID k3s.service', 'MainPID=0')],
      ['was started after them, by a boot that took no time', () => runsFor(on, 'k3s.service', 0.1)],
    ])('are damaged where K3s %s', async (_what, arrange) => {
      await arrange()
      expect(await damagedFiles(on.host)).toEqual([CUT[1], CUT[0]].toSorted())
    })
  })
})

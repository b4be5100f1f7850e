import { afterEach, beforeEach, expect, it } from 'vitest'
import { certificatePem } from '../testing/certificate.ts'
import { apply, check, type Trial, trial } from '../testing/trial.ts'
import { k3sCertificate } from './certificates.ts'
import { k3sCertificates } from './certificates-step.ts'

const DAY = 86_400_000
const TLS = '/var/lib/rancher/k3s/server/tls'
const step = k3sCertificates({ days: 60 })

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

it('restarts K3s when they end within 60 days, says so, and waits for new ones', async () => {
  const run = await on.run()
  expect(await check(run, step)).toBe(true)
  await put(`${TLS}/client-admin.crt`, 59)
  expect(await check(run, step)).toBe(false)
  on.script('systemctl daemon-reload', '')
  on.script('systemctl restart', async () => {
    await put(`${TLS}/client-admin.crt`, 365)
    return ''
  })
  on.script('/usr/local/bin/k3s kubectl --kubeconfig /etc/rancher/k3s/k3s.yaml get --raw /readyz', 'ok')
  await apply(run, step)
  expect(await check(run, step)).toBe(true)
  expect(on.events).toMatchObject([
    { text: { en: expect.stringMatching(/K3s' certificates expire on .*client-admin\.crt/) } },
  ])
})

it('leaves a K3s that does not run: its start renews them', async () => {
  await put(`${TLS}/client-admin.crt`, -5)
  on.script('systemctl is-active', { code: 3, stdout: 'inactive' })
  expect(await check(await on.run(), step)).toBe(true)
})

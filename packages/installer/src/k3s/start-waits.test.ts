import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { runsFor } from '../testing/process.ts'
import { stoppedAt, type Trial, trial } from '../testing/trial.ts'
import { imagesImported, nodeReady, podsSeen } from './start-waits.ts'

const kubectl = '/usr/local/bin/k3s kubectl --kubeconfig /etc/rancher/k3s/k3s.yaml'
const ctr = '/usr/local/bin/k3s ctr -n k8s.io'
const NODE = `${kubectl} get node/cloud-1 -o`
const PODS = `${kubectl} get pods -A --field-selector spec.nodeName=cloud-1`
const inputs = {
  nodeName: 'cloud-1',
  images: [{ reference: 'docker.io/a:1' }, { reference: 'docker.io/b:1' }],
}

let on: Trial
beforeEach(async () => {
  on = await trial()
  on.script('systemctl', '')
  await runsFor(on, 'k3s.service', 100)
})
afterEach(async () => {
  vi.restoreAllMocks()
  await on[Symbol.asyncDispose]()
})

/** A clock that has passed every deadline at its second look. */
function late(): void {
  let clock = 0
  vi.spyOn(performance, 'now').mockImplementation(() => (clock += 200_000))
}

async function failed(wait: typeof nodeReady) {
  const error = await wait(await on.run(), inputs).catch((thrown: unknown) => thrown)
  return error as { code: string; because: { en: string; zh: string }; fix: { en: string; zh: string } }
}

describe('at its end a wait says what is missing, in both languages, what K3s logged, and where to look', () => {
  beforeEach(() => {
    late()
    on.script('journalctl', 'time="x" level=info msg="Waiting for API server to become available"\n')
  })

  it('for the node', async () => {
    on.script(NODE, 'False 2026-01-01T00:00:00Z')
    const { code, because, fix } = await failed(nodeReady)
    expect(code).toBe('WAIT_EXPIRED')
    expect(because.en).toMatch(
      /^its kubelet has not reported Ready yet\nthe node says:\n.*API server to become available/s,
    )
    expect(because.zh).toMatch(/^kubelet 尚未上报就绪状态\n节点输出：/)
    expect(fix.en).toContain('journalctl -u k3s')
    expect(fix.zh).toContain('journalctl -u k3s')
  })

  it('for images, by name', async () => {
    on.script(`${ctr} images ls`, 'REF\ndocker.io/a:1 t d io.cri-containerd.pinned=pinned')
    on.script(`${ctr} images check`, 'docker.io/a:1 t complete (2/2)')
    const { because, fix } = await failed(imagesImported)
    expect(because.en).toMatch(/^missing: docker\.io\/b:1\n/)
    expect(because.zh).toMatch(/^缺少：docker\.io\/b:1\n/)
    expect(fix.en).toContain('/var/lib/rancher/k3s/agent/images')
  })

  it('for images of a containerd that is silent, which are not called missing', async () => {
    on.script(`${ctr} images`, { code: 1, stderr: 'context deadline exceeded' })
    expect((await failed(imagesImported)).because.en).not.toContain('missing')
  })

  it.each([
    ['containerd://a', 'the API lists 1 container as ready that does not run', 'API 中有 1 个容器为就绪状态'],
    [
      'containerd://a containerd://c',
      'the API lists 2 containers as ready that do not run',
      'API 中有 2 个容器',
    ],
  ])('for pods that a former kubelet has seen: %s', async (ready, en, zh) => {
    on.script(PODS, ready)
    on.script(`${ctr} tasks ls`, 'TASK PID STATUS\nb 13 RUNNING')
    const { because } = await failed(podsSeen)
    expect(because.en.split('\n')[0]).toBe(en)
    expect(because.zh).toContain(zh)
  })
})

it.each([
  ['the node', nodeReady, 'kubernetes-api'],
  ['images', imagesImported, 'images'],
  ['pods', podsSeen, 'pods'],
] as const)('a wait for %s ends at once when it is interrupted', async (_what, wait, id) => {
  on.script(NODE, 'False x')
  on.script(`${ctr} images`, 'REF\n')
  on.script(PODS, 'containerd://a')
  on.script(`${ctr} tasks ls`, 'TASK PID STATUS\n')
  await expect(wait(stoppedAt(await on.run(), id), inputs)).rejects.toThrow()
  expect(on.events.filter(({ type }) => type === 'wait')).toHaveLength(1)
})

it.each([
  ['the node', nodeReady],
  ['images', imagesImported],
  ['pods', podsSeen],
] as const)('a wait for %s ends with the last words of a K3s that has failed', async (_what, wait) => {
  on.script('systemctl show -p Id,NRestarts,ActiveState', 'Id=k3s.service\nActiveState=failed')
  on.script('journalctl', 'time="x" level=fatal msg="listen tcp :6443: bind: address already in use"')
  on.script(`${ctr} images`, 'REF\n')
  const { code, because, fix } = await failed(wait)
  expect(code).toBe('STEP_FAILED')
  expect(because.en).toMatch(/^k3s\.service has failed: listen tcp :6443: bind: address already in use/)
  expect(fix.en).toContain('ss -lntp')
})

import type { BundleManifest } from '@edgelift/bundle'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { BORROWED_PROGRAMS } from '../kube/access.ts'
import { receiptFor } from '../state/host-changes.ts'
import { BASELINE, HEAD, type Trial, trial } from '../testing/trial.ts'
import { ctrAt } from './ctr-at.ts'

const K3S_SOCKET = '/run/k3s/containerd/containerd.sock'
const SOCKET = '/run/containerd/containerd.sock'

let on: Trial
beforeEach(async () => {
  on = await trial()
})
afterEach(() => on[Symbol.asyncDispose]())

async function ctrFor(role: 'cloud' | 'edge', socket: string | undefined): Promise<string> {
  const manifest = { role, platform: 'linux/arm64', settings: { sandboxImage: 'pause' } }
  const undoing = {
    ...{ host: on.host, directory: '/data/archive', manifest: manifest as unknown as BundleManifest },
    ...{ receipt: receiptFor(HEAD, undefined, BASELINE), kept: [], told: () => {} },
    signal: new AbortController().signal,
  }
  return (await ctrAt(undoing, socket)).join(' ')
}

describe('what speaks to the containerd of a cloud', () => {
  it('is ctr of the machine, else that of its K3s, else that of the archive: K3s may be gone by now', async () => {
    const borrowed = `env K3S_DATA_DIR=${BORROWED_PROGRAMS} /data/archive/k3s-arm64 ctr`
    expect(await ctrFor('cloud', '/run/x.sock')).toBe(`${borrowed} -a /run/x.sock -n k8s.io`)
    await on.put('/usr/local/bin/k3s')
    expect(await ctrFor('cloud', '/run/x.sock')).toBe('/usr/local/bin/k3s ctr -a /run/x.sock -n k8s.io')
    await on.put('/usr/bin/ctr')
    expect(await ctrFor('cloud', '/run/x.sock')).toBe('/usr/bin/ctr -a /run/x.sock -n k8s.io')
  })

  it('finds the socket that a receipt of the first format does not name', async () => {
    await on.put('/usr/bin/ctr')
    for (const socket of [SOCKET, K3S_SOCKET]) {
      await on.put(socket)
      expect(await ctrFor('cloud', undefined)).toBe(`/usr/bin/ctr -a ${socket} -n k8s.io`)
    }
  })
})

describe('what speaks to the containerd of an edge', () => {
  const UNIT = 'systemctl show -p ExecStart containerd.service'

  it('is ctr of the machine, else that of the archive, at the socket that is recorded', async () => {
    expect(await ctrFor('edge', '/run/x.sock')).toBe('/data/archive/bin/ctr -a /run/x.sock -n k8s.io')
    await on.put('/usr/bin/ctr')
    expect(await ctrFor('edge', '/run/x.sock')).toBe('/usr/bin/ctr -a /run/x.sock -n k8s.io')
    expect(on.calls).toEqual([]) // containerd's own configuration is another's affair
  })

  it('finds the containerd that a receipt of the first format does not name by what it says of itself', async () => {
    on.script(UNIT, 'ExecStart={ path=/opt/bin/containerd ; argv[]=/opt/bin/containerd ; }')
    on.script('/opt/bin/containerd --version', 'containerd github.com/containerd/containerd v1.7.28 b98a')
    on.script('/opt/bin/containerd -c', "version = 2\n[grpc]\n  address = '/run/theirs.sock'\n")
    expect(await ctrFor('edge', undefined)).toBe('/data/archive/bin/ctr -a /run/theirs.sock -n k8s.io')
  })

  it('looks for a socket where there is no such service any more', async () => {
    on.script(UNIT, 'ExecStart=')
    expect(await ctrFor('edge', undefined)).toBe(`/data/archive/bin/ctr -a ${SOCKET} -n k8s.io`)
    await on.put('/run/k0s/containerd.sock')
    expect(await ctrFor('edge', undefined)).toBe(
      '/data/archive/bin/ctr -a /run/k0s/containerd.sock -n k8s.io',
    )
  })
})

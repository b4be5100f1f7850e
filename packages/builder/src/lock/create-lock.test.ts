import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import { digestOf, type Exec, silent } from '@edgelift/core'
import { openStore, type Store } from '@edgelift/oci'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Release } from '../release/schema.ts'
import { openSite, podOf, siteRelease as release, SITE_IMAGES, type Site } from '../testing/site.ts'
import { tarball } from '../testing/upstream.ts'
import { checkLock } from './check-lock.ts'
import type { LockContext } from './context.ts'
import { createLock } from './create-lock.ts'
import { writeLock } from './lock-file.ts'

const { app: APP, pause: PAUSE } = SITE_IMAGES

let folder: string
let store: Store
let world: Site
/** What helm renders of the chart. */
let rendered: string
let renderings = 0
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'edgelift-lock-'))
  store = await openStore(folder)
  world = await openSite()
  rendered = podOf(APP)
  renderings = 0
})
afterEach(async () => {
  await world[Symbol.asyncDispose]()
  await rm(folder, { recursive: true })
})

const helm: Exec = async (_command, args) => {
  if (args[0] === 'version') return { code: 0, stdout: 'v3', stderr: '' }
  renderings += 1
  return { code: 0, stdout: rendered, stderr: '' }
}

async function lockOf(wanted: Release, changed: Partial<LockContext> = {}, file?: string) {
  await using network = world.network()
  const { registry, transport, locate, concurrency } = network
  const options = {
    ...{ store, registry, transport, locate, concurrency, report: silent, exec: helm },
    previous: undefined,
    hostPlatform: 'linux/amd64' as const,
    release: wanted,
    subject: 'site.yaml',
    ...changed,
  }
  return await (file === undefined ? createLock(options) : checkLock({ ...options, file }))
}
const codesOf = async (locking: Promise<unknown>) =>
  locking.then(
    () => ['locked'],
    (error: { code: string; findings?: readonly { code: string; where: string }[] }) => [
      error.code,
      ...(error.findings ?? [])
        .filter((one) => !('severity' in one) || one.severity === 'error')
        .map(({ code, where }) => `${code} ${where}`),
    ],
  )

describe('a lock', () => {
  it('has every file by digest, as it lies in the archive, and how it is trusted', async () => {
    const { lock } = await lockOf(release())
    const parts = lock.downloads.map(({ name, trust, parts: taken }) => [
      name,
      trust,
      ...taken.map(({ path: at, mode, digest }) => `${mode} ${at} ${digest}`),
    ])
    expect(parts).toEqual([
      ['charts.app', 'first-use', `0644 helm-charts/app.tgz ${digestOf(world.files.get('/app.tgz') ?? '')}`],
      ['files.helm', 'first-use', `0755 bin/helm ${digestOf('the helm program')}`],
      ['files.k3s', 'upstream-checksum', `0755 k3s-amd64 ${digestOf('the k3s program')}`],
      ['imageLists.k3s', 'first-use'],
    ])
  })

  it('packs images, with who needs them, and only reads those that files are taken out of', async () => {
    const { lock } = await lockOf(release())
    const seen = lock.images.map(({ reference, packed, neededBy }) => [
      reference,
      packed,
      neededBy.map(({ kind, name }) => `${kind} ${name}`).join(),
    ])
    expect(seen).toEqual([
      [PAUSE, true, 'runtime K3s’ containerd,list k3s'],
      ['registry.example/node:24', false, ''],
      [APP, true, 'chart app'],
    ])
    const node = lock.images[1]?.files.find((file) => file.path === 'runtime/node')
    expect(node).toMatchObject({ member: '/opt/node', mode: '0755', digest: digestOf('node of 24') })
  })

  it('is the same from the same release and the same upstream, whatever the store holds', async () => {
    const first = await lockOf(release())
    await rm(folder, { recursive: true })
    store = await openStore(folder)
    expect((await lockOf(release())).lock).toEqual(first.lock)
  })

  it('fetches and renders again nothing of what the last one knows', async () => {
    const { lock } = await lockOf(release())
    world.asked.length = 0
    renderings = 0
    const again = await lockOf(release(), { previous: lock })
    expect(again.lock).toEqual(lock)
    const layer = again.lock.images.find(({ files }) => files.length > 0)?.layers[0]?.digest ?? ''
    expect(
      world.asked.filter((one) => /200 .*(\.tgz|\.tar\.gz|\/k3s)$/.test(one) || one.includes(layer)),
    ).toEqual([])
    expect(renderings).toBe(0)
  })

  it('reads lists and Kubernetes files in UTF-16, as PowerShell and kubectl do', async () => {
    const utf16 = (text: string) => Buffer.from(`\ufeff${text}`, 'utf16le')
    for (const name of ['/k3s.sha256', '/k3s-images.txt'])
      world.files.set(name, utf16(String(world.files.get(name))))
    world.files.set('/pods.yaml', utf16(podOf('registry.example/site/app:2.0')))
    const { k3s, helm } = release().files
    const pods = {
      roles: ['cloud'],
      path: 'pods.yaml',
      url: 'https://files.example/pods.yaml',
      kubernetes: true,
    }
    const wanted = release({ files: { k3s, helm, pods } })
    expect(await codesOf(lockOf(wanted))).toEqual(['GATE_REFUSED', 'IMAGE_MISSING images.app'])
    world.files.set('/pods.yaml', utf16(podOf(APP)))
    expect((await lockOf(wanted)).lock.images.map(({ reference }) => reference)).toContain(PAUSE)
  })

  it('warns of an image in a packed subchart that looks at the cluster', async () => {
    const templates = {
      'in/Chart.yaml': 'name: in\n',
      'in/templates/x.yaml': '{{ lookup "v1" "Pod" "x" "y" }}\nimage: in:1',
    }
    const inner = gzipSync(await tarball(templates))
    const chart = { 'app/Chart.yaml': 'name: app\nversion: 1.0.0\n', 'app/charts/in-1.tgz': inner }
    world.files.set('/app.tgz', gzipSync(await tarball(chart)))
    const { warnings } = await lockOf(release())
    const [warned] = warnings.filter(({ code }) => code === 'IMAGE_MENTIONED')
    expect(warned?.text.en).toContain('mentions in:1 (chart app, charts/in-1.tgz/templates/x.yaml)')
  })

  it('warns of what is trusted at first use, once, and of a tag that upstream has moved', async () => {
    const { lock, warnings } = await lockOf(release())
    const seen = (found: typeof warnings) => found.map(({ code, where }) => `${code} ${where}`).sort()
    expect(seen(warnings)).toEqual([
      'FIRST_USE charts.app',
      'FIRST_USE files.helm',
      'FIRST_USE imageLists.k3s',
    ])
    await world.publish('site/app', '1.0', { app: 'second' })
    world.files.set('/helm.tar.gz', gzipSync(await tarball({ 'linux-amd64/helm': 'another helm' })))
    expect(seen((await lockOf(release(), { previous: lock })).warnings)).toEqual([
      'CHANGED files.helm',
      `CHANGED ${APP} (linux/amd64)`,
      'FIRST_USE files.helm',
    ])
  })
})

describe('no lock is made', () => {
  it('of a release whose chart runs an image that is not packed', async () => {
    rendered = podOf('registry.example/site/app:2.0')
    expect(await codesOf(lockOf(release()))).toEqual(['GATE_REFUSED', 'IMAGE_MISSING images.app'])
  })

  it('without a file that upstream does not publish: it is named with everything else', async () => {
    world.files.delete('/k3s')
    world.files.set('/helm.tar.gz', gzipSync(await tarball({ 'linux-amd64/other': 'x' })))
    const codes = await codesOf(lockOf(release()))
    expect(codes.join('\n')).toContain('FILE_UNPUBLISHED files.k3s')
    expect(codes.join('\n')).toContain('files.helm')
  })

  it('when an image lacks a file that is taken out of it', async () => {
    await world.publish('node', '24', { 'opt/node': 'alone' })
    expect(await codesOf(lockOf(release()))).toEqual(['GATE_REFUSED', 'FILE_UNPUBLISHED imageFiles.runtime'])
  })

  it('from content that its checksum does not vouch for', async () => {
    world.files.set('/k3s', 'not the k3s program')
    expect((await codesOf(lockOf(release()))).join()).toContain('DIGEST_MISMATCH files.k3s')
  })

  it('where no helm can render the charts: their images are not known', async () => {
    expect(await codesOf(lockOf(release(), { hostPlatform: undefined }))).toEqual([
      'GATE_REFUSED',
      'CHART_UNRENDERED charts',
    ])
  })

  it('of a chart that helm cannot render', async () => {
    const exec: Exec = async (command, args, options) =>
      args[0] === 'version' ? helm(command, args, options) : { code: 1, stdout: '', stderr: 'nil pointer' }
    expect(await codesOf(lockOf(release(), { exec }))).toContain('CHART_UNRENDERED charts.app')
  })
})

describe('the drift alarm', () => {
  const check = async () => lockOf(release(), {}, path.join(folder, 'site.lock.json'))
  beforeEach(async () => writeLock(path.join(folder, 'site.lock.json'), (await lockOf(release())).lock))

  it('is silent while upstream is as it was locked', async () => {
    expect(await codesOf(check())).toEqual(['locked'])
  })

  it('names everything that upstream has changed', async () => {
    await world.publish('site/app', '1.0', { app: 'second' })
    world.files.set('/app.tgz', gzipSync(await tarball({ 'app/Chart.yaml': 'name: app\nversion: 1.0.1\n' })))
    expect(await codesOf(check())).toEqual([
      'LOCK_DIFFERS',
      'CHANGED charts.app',
      `CHANGED ${APP} (linux/amd64)`,
    ])
  })

  it('ends with the command that writes this lock, also where only the release has changed', async () => {
    const file = path.join(folder, 'site.lock.json')
    await writeFile(path.join(folder, 'site.yaml'), '')
    const changed = lockOf({ ...release(), version: '2' }, {}, file)
    await expect(changed).rejects.toMatchObject({
      code: 'LOCK_DIFFERS',
      fix: { en: expect.stringMatching(/^review these changes, .*: edgelift lock \S+site\.yaml$/) },
    })
  })

  it('is no alarm without a lock: that is an error of its own', async () => {
    await rm(path.join(folder, 'site.lock.json'))
    expect(await codesOf(check())).toEqual(['LOCK_MISSING'])
  })
})

import { readdir } from 'node:fs/promises'
import path from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { apply, check, type Trial, trial } from '../testing/trial.ts'
import { k3sCertificates } from './certificates-step.ts'
import { TOKEN_FILES } from './damaged-files.ts'
import { DATASTORE } from './places.ts'

const step = k3sCertificates({ days: 60, nodeName: 'cloud-1' })
const KEPT = '/var/lib/edgelift/replaced'

let on: Trial
beforeEach(async () => {
  on = await trial()
  on.script('systemctl is-active', { code: 3, stdout: 'inactive' })
  on.script('systemctl stop k3s.service', '')
  await on.put(DATASTORE, 'encrypted with the token')
})
afterEach(() => on[Symbol.asyncDispose]())

it('has a K3s whose first start was cut off begin with an empty datastore', async () => {
  const run = await on.run({}, { complete: false })
  expect(await check(run, step)).toBe(false)
  await apply(run, step)
  expect(await on.text(DATASTORE)).toBeUndefined()
  expect(on.calls).toContain('systemctl stop k3s.service')
  const [kept] = await readdir(path.join(on.root, KEPT))
  expect(await on.text(`${KEPT}/${kept}/${path.basename(DATASTORE)}`)).toBe('encrypted with the token')
  expect(on.events).toMatchObject([{ type: 'note', level: 'warning' }])
  expect(await check(run, step)).toBe(true)
})

it('does so when a power loss has left both files empty', async () => {
  for (const file of TOKEN_FILES) await on.put(file)
  on.script('systemctl show -p MainPID k3s.service', 'MainPID=0')
  await apply(await on.run({}, { complete: false }), step)
  for (const file of [...TOKEN_FILES, DATASTORE]) expect(await on.text(file)).toBeUndefined()
})

it.each(TOKEN_FILES)('leaves the datastore alone while %s has the token', async (file) => {
  await on.put(file, 'K10abc::server:secret\n')
  expect(await check(await on.run(), step)).toBe(true)
})

it('leaves the datastore of a release that was wholly installed, and says what to put back', async () => {
  const run = await on.run()
  await expect(apply(run, step)).rejects.toMatchObject({
    code: 'STEP_FAILED',
    what: { en: expect.stringContaining(TOKEN_FILES[1]) },
    fix: { en: expect.stringContaining('--restore') },
  })
  expect(await on.text(DATASTORE)).toBe('encrypted with the token')
})

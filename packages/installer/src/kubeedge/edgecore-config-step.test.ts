import { chmod, stat } from 'node:fs/promises'
import path from 'node:path'
import { load } from 'js-yaml'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { hasMarker } from '../state/markers.ts'
import { certificatePair } from '../testing/certificate.ts'
import { apply, check, type Trial, trial, undo } from '../testing/trial.ts'
import { EDGE_CERTIFICATE, EDGE_KEY, EDGECORE_CONFIG } from './edgecore-config.ts'
import { edgecoreConfiguration, RESTART } from './edgecore-config-step.ts'

const config = { modules: { edgeHub: { token: '', enable: true }, edged: { hostnameOverride: 'edge-1' } } }
const step = edgecoreConfiguration({ nodeName: 'edge-1', config })

let on: Trial
beforeEach(async () => {
  on = await trial()
})
afterEach(() => on[Symbol.asyncDispose]())
const written = async () => load((await on.text(EDGECORE_CONFIG)) ?? '')

it('writes the token, which no plan holds, into a file that only root reads', async () => {
  const run = await on.run()
  expect(await check(run, step)).toBe(false)
  await apply(run, step)
  expect(await written()).toEqual({
    modules: { edgeHub: { token: 'the-token', enable: true }, edged: { hostnameOverride: 'edge-1' } },
  })
  expect((await stat(path.join(on.root, EDGECORE_CONFIG))).mode & 0o777).toBe(0o600)
  expect(await hasMarker(on.host, RESTART)).toBe(true)
  expect(JSON.stringify([step.inputs, run.all.receipt()])).not.toContain('the-token')
})

it('is not so while the node has no certificate: EdgeCore would need its token', async () => {
  const run = await on.run()
  await apply(run, step)
  expect(await check(run, step)).toBe(false)
})

it('keeps settings that EdgeCore and operators have added, run again', async () => {
  const run = await on.run()
  await apply(run, step)
  await on.put(EDGECORE_CONFIG, 'modules: {edgeHub: {enable: false, heartbeat: 15}, theirs: {x: 1}}\n', 0o600)
  expect(await step.kind.drift?.(run, step.inputs as never)).toEqual([
    {
      kind: 'file',
      place: EDGECORE_CONFIG,
      state: 'changed',
      fields: ['modules.edgeHub.enable', 'modules.edged'],
    },
  ])
  await apply(run, step)
  expect(on.events).toMatchObject([
    { type: 'note', text: { en: expect.stringMatching(/modules\.edgeHub\.enable.* is kept as /) } },
  ])
  expect(await written()).toMatchObject({
    modules: {
      edgeHub: { enable: true, heartbeat: 15 },
      theirs: { x: 1 },
      edged: { hostnameOverride: 'edge-1' },
    },
  })
})

it('takes nothing over from a file that was there before, and puts it back', async () => {
  await on.put(EDGECORE_CONFIG, 'modules: {theirs: {x: 1}}\n', 0o644)
  const run = await on.run()
  await apply(run, step)
  expect(await written()).not.toMatchObject({ modules: { theirs: { x: 1 } } })
  await undo(run)
  expect(await written()).toEqual({ modules: { theirs: { x: 1 } } })
})

it('asks for a token only when there is none to go on with, and says so', async () => {
  const run = { ...(await on.run()), joinToken: () => Promise.reject(new Error('no token')) }
  await expect(apply(run, step)).rejects.toThrow('no token')
  expect(await on.text(EDGECORE_CONFIG)).toBeUndefined()
})

it('is so with a certificate of this node: then no token is asked for, and none is written', async () => {
  const { certificate, key } = certificatePair('system:node:edge-1')
  await on.put(EDGE_CERTIFICATE, certificate)
  await on.put(EDGE_KEY, key)
  const run = { ...(await on.run()), joinToken: () => Promise.reject(new Error('no token')) }
  await apply(run, step)
  expect(await written()).toMatchObject({ modules: { edgeHub: { token: '' } } })
  expect([await check(run, step), await on.text(EDGE_KEY)]).toEqual([true, key])
  await chmod(path.join(on.root, EDGECORE_CONFIG), 0o644)
  expect(await check(run, step)).toBe(false)
})

it('drops a certificate of another name, with which EdgeCore would stay away, once its token is written', async () => {
  const { certificate, key } = certificatePair('system:node:other')
  await on.put(EDGE_CERTIFICATE, certificate)
  await on.put(EDGE_KEY, key)
  const run = await on.run()
  const withoutToken = { ...run, joinToken: () => Promise.reject(new Error('no token')) }
  await expect(apply(withoutToken, step)).rejects.toThrow('no token')
  expect(await on.text(EDGE_CERTIFICATE)).toBe(certificate)
  await apply(run, step)
  expect([await on.text(EDGE_CERTIFICATE), await on.text(EDGE_KEY)]).toEqual([undefined, undefined])
  expect(await written()).toMatchObject({ modules: { edgeHub: { token: 'the-token' } } })
})

it('has EdgeCore restarted by the next run when this one is cut off at any moment', async () => {
  const run = { ...(await on.run()), joinToken: () => Promise.reject(new Error('cut off')) }
  await expect(apply(run, step)).rejects.toThrow('cut off')
  expect(await hasMarker(on.host, RESTART)).toBe(true)
})

import { mkdir, readdir, readlink, symlink } from 'node:fs/promises'
import path from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { type Trial, trial } from '../testing/trial.ts'
import { linkTarget, removeLink, replaceLink } from './links.ts'

const LINK = '/usr/local/bin/helm'

let on: Trial
const at = (file: string) => path.join(on.root, file)
beforeEach(async () => {
  on = await trial()
  await mkdir(at('/usr/local/bin'), { recursive: true })
})
afterEach(() => on[Symbol.asyncDispose]())

it('tells where a link leads as it is written, also to nowhere; a file and nothing at all are no links', async () => {
  expect(await linkTarget(on.host, LINK)).toBeUndefined()
  expect(await linkTarget(on.host, `${LINK}/below/nothing`)).toBeUndefined()
  await symlink('../nowhere', at(LINK))
  expect(await linkTarget(on.host, LINK)).toBe('../nowhere')
  await on.put('/usr/local/bin/k3s')
  expect(await linkTarget(on.host, '/usr/local/bin/k3s')).toBeUndefined()
})

it('removes a link that leads where it was led, and none that somebody led elsewhere, nor a file', async () => {
  await symlink('k3s', at(LINK))
  expect(await removeLink(on.host, LINK, '/data/old/bin/helm')).toBe(false)
  expect(await removeLink(on.host, LINK, 'k3s')).toBe(true)
  expect(await removeLink(on.host, LINK, 'k3s')).toBe(false)
  await on.put(LINK, 'a program of theirs')
  expect(await removeLink(on.host, LINK, 'k3s')).toBe(false)
  expect(await on.text(LINK)).toBe('a program of theirs')
})

it('takes the place of a link or a file at once, and of what a killed run left beside it', async () => {
  await on.put('/usr/local/bin/.edgelift-helm-0123456789ab', 'half')
  await on.put(LINK, 'a program')
  for (const to of ['k3s', '/data/new/bin/helm']) {
    await replaceLink(at(LINK), to)
    expect(await readlink(at(LINK))).toBe(to)
  }
  expect(await readdir(at('/usr/local/bin'))).toEqual(['helm'])
})

it('leaves a folder that stands in the place, and nothing beside it', async () => {
  await on.put(`${LINK}/theirs`, 'x')
  await expect(replaceLink(at(LINK), 'k3s')).rejects.toMatchObject({ path: at(LINK) })
  expect(await readdir(at('/usr/local/bin'))).toEqual(['helm'])
  expect(await on.text(`${LINK}/theirs`)).toBe('x')
})

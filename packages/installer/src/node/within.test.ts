import { mkdir, symlink } from 'node:fs/promises'
import path from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { type Trial, trial } from '../testing/trial.ts'
import { pathWithin } from './within.ts'

let on: Trial
beforeEach(async () => {
  on = await trial()
  await mkdir(path.join(on.root, 'opt'))
  await on.put('data/archive/install.yaml')
  await on.put('elsewhere/site.yaml')
  await symlink('../data/archive', path.join(on.root, 'opt/edge'))
  await symlink('../../elsewhere/site.yaml', path.join(on.root, 'data/archive/linked.yaml'))
})
afterEach(() => on[Symbol.asyncDispose]())

it.each([
  ['a file in it', 'data/archive', 'data/archive/install.yaml', 'install.yaml'],
  ['one below it that is yet to be written', 'data/archive', 'data/archive/out/b', 'out/b'],
  ['one whose name begins with two dots', 'data/archive', 'data/archive/..backup', '..backup'],
  ['one that is named through a link to it', 'data/archive', 'opt/edge/install.yaml', 'install.yaml'],
  ['one of a directory that was entered by a link', 'opt/edge', 'data/archive/new', 'new'],
  ['a link in it to elsewhere', 'data/archive', 'data/archive/linked.yaml', 'linked.yaml'],
  ['a file beside it', 'data/archive', 'data/cloud.backup', undefined],
  ['a file of a neighbour of a longer name', 'data/archive', 'data/archive-2/x', undefined],
  ['a file above it', 'data/archive', 'x', undefined],
])('tells where %s lies', async (_what, directory, file, expected) => {
  expect(await pathWithin(path.join(on.root, directory), path.join(on.root, file))).toBe(expected)
})

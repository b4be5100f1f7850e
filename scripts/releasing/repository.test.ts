import { expect, it } from 'vitest'
import { repositoryProblem } from './repository.ts'

const NAMED = 'git+https://git.example/Line/edgelift.git'

it.each([
  { env: {}, remote: 'git@git.example:line/edgelift.git' },
  { env: {}, remote: 'ssh://git@git.example/line/edgelift' },
  { env: {}, remote: 'https://somebody:secret@git.example/line/edgelift/' },
  { env: { CI_PROJECT_URL: 'https://git.example/line/edgelift' }, remote: undefined },
  {
    env: { GITHUB_SERVER_URL: 'https://git.example', GITHUB_REPOSITORY: 'line/edgelift' },
    remote: undefined,
  },
])('takes the repository from which provenance would come: %j', (origin) => {
  expect(repositoryProblem(NAMED, origin)).toBeUndefined()
})

it('tells where they differ, or when nobody knows, and repeats no password', () => {
  const fork = { env: {}, remote: 'https://somebody:secret@git.example/fork/edgelift.git' }
  expect(repositoryProblem(NAMED, fork)).toContain('this is git.example/fork/edgelift,')
  expect(repositoryProblem(NAMED, fork)).not.toContain('secret')
  expect(repositoryProblem(NAMED, { env: {}, remote: undefined })).toContain('no remote "origin"')
})

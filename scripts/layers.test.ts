import { spawnSync } from 'node:child_process'
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'

const root = path.dirname(import.meta.dirname)
let folder = ''

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'edgelift-layers-'))
  for (const file of ['biome.json', 'biome.layers.json'])
    await cp(path.join(root, file), path.join(folder, file))
})
afterAll(() => rm(folder, { recursive: true }))

/** What lint says of a file that imports another, as if both stood in the repository. */
async function lint(file: string, imported: string): Promise<string> {
  const target = path.join(folder, file)
  await mkdir(path.dirname(target), { recursive: true })
  await writeFile(target, `import { x } from '${imported}'\n\nexport const y = x\n`)
  const args = ['lint', '--vcs-enabled=false', file]
  const { stdout, stderr } = spawnSync(path.join(root, 'node_modules/.bin/biome'), args, {
    cwd: folder,
    encoding: 'utf8',
  })
  return stdout + stderr
}

it.each([
  ['packages/installer/src/kube/x.ts', '../install/plan.ts'],
  ['packages/installer/src/node/x.ts', '../state/receipt.ts'],
  ['packages/installer/src/install/x.ts', '../uninstall/undo.ts'],
  ['packages/installer/src/steps/x.ts', '../testing/trial.ts'],
  ['packages/installer/src/cli/x.ts', '@edgelift/oci'],
  ['packages/builder/src/plan/x.ts', '@edgelift/installer'],
  ['packages/bundle/src/x.ts', '@edgelift/builder'],
  ['packages/oci/src/http/x.ts', '../registry/registry-client.ts'],
])('lint refuses that %s imports %s', async (file, imported) => {
  expect(await lint(file, imported)).toContain('noRestrictedImports')
})

it.each([
  ['packages/installer/src/install/x.ts', '../kube/access.ts'],
  ['packages/installer/src/kube/x.test.ts', '../install/plan.ts'],
])('lint lets %s import %s', async (file, imported) => {
  expect(await lint(file, imported)).toContain('Checked 1 file')
})

it('refuses two files that import each other', async () => {
  await lint('packages/core/src/a.ts', './b.ts')
  expect(await lint('packages/core/src/b.ts', './a.ts')).toContain('noImportCycles')
})

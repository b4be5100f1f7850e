import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { expect, it } from 'vitest'

const packages = path.resolve(import.meta.dirname, '../packages')

it('names in its package.json each module that changes something elsewhere when it is loaded', async () => {
  const effects: string[] = []
  const named: string[] = []
  for (const name of await readdir(packages)) {
    const folder = path.join(packages, name)
    const { sideEffects } = JSON.parse(await readFile(path.join(folder, 'package.json'), 'utf8'))
    named.push(...(sideEffects || []).map((file: string) => path.join(name, file)))
    for (const file of await readdir(path.join(folder, 'src'), { recursive: true })) {
      if (!file.endsWith('.ts') || /\.(test|child|d)\.ts$/.test(file)) continue
      const text = await readFile(path.join(folder, 'src', file), 'utf8')
      if (changesOthers(text)) effects.push(path.join(name, 'src', file))
    }
  }
  expect(effects).toEqual(['oci/src/http/undici.ts'])
  expect(named).toEqual(effects)
})

/** Whether a statement of the module itself, in its first column, calls something global or imported. */
function changesOthers(text: string): boolean {
  const imports = [...text.matchAll(/^import (.+?) from /gms)].flatMap(
    ([, names]) => names?.match(/\w+/g) ?? [],
  )
  const called = [...text.matchAll(/^(?:await |void )?(\w+)(?:\.\w+)*\(/gm)].map(([, name]) => `${name}`)
  return /^import '/m.test(text) || called.some((name) => imports.includes(name) || name in globalThis)
}

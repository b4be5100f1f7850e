import path from 'node:path'
import { exec, mustExec } from '@edgelift/core'
import { testCache } from './kubernetes/parts.ts'
import { once } from './nodes/cache.ts'

/**
 * A Python that has a package from PyPI, in a virtual environment that later runs find again. Run modules with it: its
 * scripts name an interpreter that is no longer there.
 */
export async function pythonWith(name: string, version: string): Promise<string> {
  const home = path.join(testCache(), 'python', `${name}-${version}`)
  await once(home, async (temporary) => {
    await mustExec(exec, 'python3', ['-m', 'venv', temporary])
    const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', `${name}==${version}`]
    await mustExec(exec, path.join(temporary, 'bin/python'), pip, { timeout: 300_000 })
  })
  return path.join(home, 'bin/python')
}
